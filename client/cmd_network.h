/* cmd_network.h - zongheng network build|check|info and zongheng road query|matrix: work on files, no daemon.
 */
#ifndef ZH_CLIENT_CMD_NETWORK_H
#define ZH_CLIENT_CMD_NETWORK_H

/* Each returns the exit status: 0 done, 1 unfit or failed, 2 wrong usage. */
int cmd_network(int argc, char **argv);
int cmd_road(int argc, char **argv);

#endif
