/* names.h - the words of charges, units and cargo, as the tables and the wire write them. NULL-ended, in the
 * order of enum net_charge, enum net_unit and the bits of enum net_cargo. */
#ifndef ZH_NETWORK_NAMES_H
#define ZH_NETWORK_NAMES_H

extern const char *const net_charge_names[], *const net_unit_names[], *const net_cargo_names[];

/* The index of a word in one of them; -1: none. */
int net_name_index(const char *const *names, const char *word);

#endif
