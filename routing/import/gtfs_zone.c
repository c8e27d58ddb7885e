/* Time zones without daylight saving, by the names of the IANA data base (as of 2025). */
#include "import/gtfs_inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    int16_t min;
} zones[] = {
    {"UTC", 0},
    {"Etc/UTC", 0},
    {"GMT", 0},
    {"Etc/GMT", 0},
    {"Asia/Shanghai", 480},
    {"Asia/Chongqing", 480},
    {"Asia/Chungking", 480},
    {"Asia/Harbin", 480},
    {"PRC", 480},
    {"Asia/Hong_Kong", 480},
    {"Hongkong", 480},
    {"Asia/Macau", 480},
    {"Asia/Taipei", 480},
    {"Asia/Singapore", 480},
    {"Asia/Kuala_Lumpur", 480},
    {"Asia/Kuching", 480},
    {"Asia/Manila", 480},
    {"Asia/Brunei", 480},
    {"Asia/Makassar", 480},
    {"Asia/Ulaanbaatar", 480},
    {"Asia/Irkutsk", 480},
    {"Australia/Perth", 480},
    {"Asia/Urumqi", 360},
    {"Asia/Dhaka", 360},
    {"Asia/Bishkek", 360},
    {"Asia/Thimphu", 360},
    {"Asia/Omsk", 360},
    {"Asia/Yangon", 390},
    {"Asia/Bangkok", 420},
    {"Asia/Ho_Chi_Minh", 420},
    {"Asia/Saigon", 420},
    {"Asia/Vientiane", 420},
    {"Asia/Phnom_Penh", 420},
    {"Asia/Jakarta", 420},
    {"Asia/Novosibirsk", 420},
    {"Asia/Krasnoyarsk", 420},
    {"Asia/Tokyo", 540},
    {"Asia/Seoul", 540},
    {"Asia/Pyongyang", 540},
    {"Asia/Yakutsk", 540},
    {"Asia/Vladivostok", 600},
    {"Australia/Brisbane", 600},
    {"Asia/Kathmandu", 345},
    {"Asia/Kolkata", 330},
    {"Asia/Calcutta", 330},
    {"Asia/Colombo", 330},
    {"Asia/Karachi", 300},
    {"Asia/Tashkent", 300},
    {"Asia/Samarkand", 300},
    {"Asia/Almaty", 300},
    {"Asia/Ashgabat", 300},
    {"Asia/Dushanbe", 300},
    {"Asia/Yekaterinburg", 300},
    {"Asia/Kabul", 270},
    {"Asia/Dubai", 240},
    {"Asia/Baku", 240},
    {"Asia/Tbilisi", 240},
    {"Asia/Yerevan", 240},
    {"Asia/Tehran", 210},
    {"Europe/Moscow", 180},
    {"Europe/Minsk", 180},
    {"Europe/Istanbul", 180},
    {"Asia/Riyadh", 180},
    {"Asia/Qatar", 180},
    {"Asia/Kuwait", 180},
    {"Asia/Baghdad", 180},
    {"Africa/Nairobi", 180},
    {"Africa/Johannesburg", 120},
    {"Africa/Lagos", 60},
    {"Africa/Abidjan", 0},
    {"Africa/Accra", 0},
    {"Atlantic/Reykjavik", 0},
    {"America/Sao_Paulo", -180},
    {"America/Argentina/Buenos_Aires", -180},
    {"America/Bogota", -300},
    {"America/Lima", -300},
    {"America/Panama", -300},
    {"America/Mexico_City", -360},
    {"America/Phoenix", -420},
    {"Pacific/Honolulu", -600},
};

bool gtfs_zone_offset(const char *name, int32_t *utc_offset_min)
{
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (strcasecmp(zones[i].name, name) == 0) {
            *utc_offset_min = zones[i].min;
            return true;
        }
    /* Etc/GMT-8 is eight hours before UTC: the sign is that of POSIX. */
    if (strncasecmp(name, "Etc/GMT", 7) != 0 || (name[7] != '-' && name[7] != '+') ||
        strspn(name + 8, "0123456789") != strlen(name + 8) || strlen(name + 8) - 1 > 1)
        return false;
    long hours = strtol(name + 8, NULL, 10);
    *utc_offset_min = (int32_t)(name[7] == '-' ? hours * 60 : -hours * 60);
    return hours <= 14;
}
