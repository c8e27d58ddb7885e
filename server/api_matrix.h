/* api_matrix.h - Routing.GetMatrix: every origin to every destination, in blocks of rows.
 *
 * Places are found, rows worked out and sums added up on the pool. A part of some 250,000 cells is worked out
 * at once and sent in replies of MATRIX_BLOCK_CELLS; the next waits until the peer has read.
 */
#ifndef ZH_SERVER_API_MATRIX_H
#define ZH_SERVER_API_MATRIX_H

#include "handler.h"

enum { MATRIX_BLOCK_CELLS = 16384 };

handler_fn api_matrix_get;

#endif
