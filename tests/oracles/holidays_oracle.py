"""Public statutory holidays of Denmark and Sweden, 2015-2035, one line for each date."""

import csv
import sys

import holidays

YEARS = range(2015, 2036)


def dates(country, **options):
    return sorted(
        holidays.country_holidays(
            country, years=YEARS, categories=(holidays.PUBLIC,), observed=False, **options
        )
    )


def main(path):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["country", "date"])
        out.writerows(["DK", day.isoformat()] for day in dates("DK"))
        # Swedish law counts every Sunday as a holiday; a weekend is not a working day anyway.
        out.writerows(["SE", day.isoformat()] for day in dates("SE", include_sundays=False))


main(sys.argv[1])
