"""Synthetic Swedish numbers, valid and invalid, with the verdict of the package `personnummer`."""

import csv
import datetime
import random
import sys

from personnummer import personnummer as library

TODAY = datetime.date(2026, 1, 1)
library._get_current_date = lambda: TODAY


def luhn_digit(nine):
    doubled = (int(c) * (2 - i % 2) for i, c in enumerate(nine))
    return str(-sum(v // 10 + v % 10 for v in doubled) % 10)


def numbers(rng):
    first = datetime.date(1850, 1, 1).toordinal()
    for i in range(400):
        day = datetime.date.fromordinal(rng.randint(first, TODAY.toordinal()))
        coordination = i % 3 == 0
        date = f"{day.year:04}{day.month:02}{day.day + 60 * coordination:02}"
        # 980-999 is where the numbers of test persons lie: no row shall be the number of a living person.
        serial = str(rng.randint(980, 999))
        whole = date + serial + luhn_digit(date[2:] + serial)
        yield whole
        yield f"{whole[:8]}-{whole[8:]}" if TODAY.year - day.year < 100 else f"{whole[:8]}+{whole[8:]}"
        if TODAY.year - day.year < 200:
            sign = "-" if TODAY.year - day.year < 100 else "+"
            yield f"{whole[2:8]}{sign}{whole[8:]}"
        place = rng.randrange(2, 12)
        wrong = str((int(whole[place]) + rng.randint(1, 9)) % 10)
        typo = whole[:place] + wrong + whole[place + 1 :]
        # A typing error in the year may make a date that ID-3 refuses and the library does not.
        if typo[:8] < TODAY.strftime("%Y%m%d"):
            yield typo
    for date in ("19000229", "20230229", "19991301", "19990001", "19990100", "19990132", "19990431",
                 "19990160", "19990192", "19990291", "20000229", "20000289"):
        for serial in ("980", "989", "999"):
            yield date + serial + luhn_digit(date[2:] + serial)
    for date in ("19640823", "19640883", "20010101"):
        yield date + "000" + luhn_digit(date[2:] + "000")
    yield from ("", "1", "19640823998", "1964082399845", "19640823-998", "640823-998", "6408239-984",
                "19640823A984", "ABCDEF-GHIJ", "640823/9984", "640823--9984")


def row(number):
    try:
        parsed = library.parse(number)
    except library.PersonnummerException:
        return [number, "invalid", "", "", "", ""]
    kind = "samordningsnummer" if parsed.is_coordination_number() else "personnummer"
    sex = "male" if parsed.is_male() else "female"
    return [number, "valid", parsed.format(True), kind, parsed.get_date().isoformat(), sex]


def main(path):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["number", "verdict", "normal", "kind", "birthDate", "sex"])
        out.writerows(row(number) for number in dict.fromkeys(numbers(random.Random(2026))))


main(sys.argv[1])
