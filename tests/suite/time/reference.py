"""Holds the tables of docs/reference/time.md against Python's zoneinfo, which shares nothing with Flow.

    python3 tests/suite/time/reference.py            says which rows differ
    python3 tests/suite/time/reference.py --write    writes what Python finds into the last column

Opening hours are looked up minute by minute. Needs Python 3.9 and a tz database, 2026f or later: `pip install tzdata`,
and PYTHONTZPATH= where the system's own is older.
"""

import re
import sys
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/time.md"
HEAD = "| zone | from | wait | goes on |"
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def clock(at, zone):
    """What the clock on the wall shows."""
    return at.astimezone(zone).replace(tzinfo=None)


def moment(wall, zone):
    """fold=0: of a time that comes twice the first; a time left out goes by the offset before, so it moves forward."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)


class Calendar:
    def __init__(self, open_, closed, zone):
        self.zone, self.closed, self.shifts, self.known = zone, closed, {day: [] for day in range(7)}, {}
        for group in open_.split(";"):
            days, shifts = group.strip().split(" ", 1)
            for shift in shifts.split(","):
                begin, end = ((int(t[:2]) * 60 + int(t[3:])) for t in shift.strip().split("-"))
                for day in self.days(days):
                    self.shifts[day].append((begin, end if end > begin else end + 1440))

    @staticmethod
    def days(text):
        for part in text.split(","):
            first, _, last = part.strip().partition("-")
            day = DAYS.index(first)
            yield day
            while last and day != DAYS.index(last):
                day = (day + 1) % 7
                yield day

    def first_showing(self, wall):
        """The first minute at which the clock shows `wall` or later."""
        at = (wall - timedelta(hours=27)).replace(tzinfo=timezone.utc)
        while clock(at, self.zone) < wall:
            at += MINUTE
        return at

    def stretches(self, day):
        """When it is open because of the shifts that begin on a date."""
        if day not in self.known:
            midnight = datetime(day.year, day.month, day.day)
            spans = []
            if day not in self.closed:
                for begin, end in self.shifts[day.weekday()]:
                    span = [self.first_showing(midnight + timedelta(minutes=m)) for m in (begin, end)]
                    if span[0] < span[1]:
                        spans.append(span)
            self.known[day] = spans
        return self.known[day]

    def around(self, at):
        today = clock(at, self.zone).date()
        return [(day, a, b) for n in (-2, -1, 0, 1) for day in [today + n * DAY] for a, b in self.stretches(day)]

    def is_open(self, at):
        return any(a <= at < b for _, a, b in self.around(at))

    def next_open(self, at):
        while not self.is_open(at):
            at += MINUTE
        return at

    def is_business_day(self, day):
        midnight = datetime(day.year, day.month, day.day)
        at = (midnight - timedelta(hours=27)).replace(tzinfo=timezone.utc)
        there = any(clock(at + n * timedelta(minutes=15), self.zone).date() == day for n in range(240))
        return there and day not in self.closed and bool(self.shifts[day.weekday()])

    def business_date(self, day, count):
        while count:
            day += DAY
            count -= self.is_business_day(day)
        return day

    def business_days(self, at, count):
        start = self.next_open(at)
        begun = next(day for day, a, b in self.around(start) if a <= start < b)
        past = clock(start, self.zone) - datetime(begun.year, begun.month, begun.day)
        to = self.business_date(begun, count)
        return self.next_open(max(at, moment(datetime(to.year, to.month, to.day) + past, self.zone)))

    def business_days_at(self, at, count, time):
        to = self.business_date(clock(at, self.zone).date(), count)
        return self.next_open(max(at, moment(datetime(to.year, to.month, to.day) + time, self.zone)))

    def business_hours(self, at, count):
        left = count * 60
        while left:
            left -= self.is_open(at)
            at += MINUTE
        return at


def months_on(day, count):
    month = day.month - 1 + count
    year, month = day.year + month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            continue


def goes_on(zone, at, wait, calendars):
    """The moment at which a wait that began at `at` ends."""
    zone = ZoneInfo(zone)
    form = re.fullmatch(
        r"(?:(?P<count>\d+) (?P<unit>business day|business hour|hour|day|month|year)s?|until date\(\"(?P<until>[\d-]+)\"\))"
        r"(?: at (?P<time>\d\d:\d\d))?(?: in (?P<where>[\w.]+))?",
        wait,
    )
    count, unit, where = int(form["count"] or 0), form["unit"], form["where"]
    calendar = None
    if where and where != "contact.timezone":
        calendar = Calendar(*calendars[where], zone)
    time = timedelta(hours=int(form["time"][:2]), minutes=int(form["time"][3:])) if form["time"] else None
    if unit == "business hour":
        return calendar.business_hours(at, count)
    if unit == "business day":
        return calendar.business_days_at(at, count, time) if time is not None else calendar.business_days(at, count)
    here = clock(at, zone)
    if form["until"]:
        day, time = date.fromisoformat(form["until"]), time or timedelta()
    elif unit == "day" and time is not None:
        day = here.date() + count * DAY
    elif unit in ("month", "year"):
        day = months_on(here.date(), count * (12 if unit == "year" else 1))
        time = here - datetime(here.year, here.month, here.day) if time is None else time
    else:
        day = None
        end = at + count * (timedelta(hours=1) if unit == "hour" else DAY)
    if day:
        end = max(at, moment(datetime(day.year, day.month, day.day) + time, zone))
    return calendar.next_open(end) if calendar else end


def show(at, zone):
    at = at.astimezone(ZoneInfo(zone))
    sign = at.strftime("%z")
    return at.strftime("%a %Y-%m-%d %H:%M ") + sign[:3] + ":" + sign[3:]


def main():
    text = PAGE.read_text()
    calendars = {}
    for name, open_, rest in re.findall(r'calendar (\w+) \{ open: "([^"]+)"([^}]*)\}', text):
        calendars[name] = (open_, {date.fromisoformat(day) for day in re.findall(r'date\("([\d-]+)"\)', rest)})
    lines, rows, wrong, table = text.splitlines(), 0, 0, False
    for index, line in enumerate(lines):
        table = line.startswith("|") and (table or line == HEAD)
        if not table or line == HEAD or line.startswith("|--"):
            continue
        zone, begun, wait, written = (cell.strip().strip("`") for cell in line.strip("|").split(" | "))
        at = datetime.strptime(begun, "%a %Y-%m-%d %H:%M %z").astimezone(timezone.utc)
        assert show(at, zone) == begun, f"line {index + 1}: {begun} is {show(at, zone)} there"
        found = show(goes_on(zone, at, wait, calendars), zone)
        rows += 1
        if found != written:
            wrong += 1
            if "--write" in sys.argv:
                lines[index] = f"| {zone} | {begun} | `{wait}` | {found} |"
            else:
                print(f"line {index + 1}: {zone}, {begun}, {wait}: written {written}, found {found}")
    if "--write" in sys.argv:
        PAGE.write_text("\n".join(lines) + "\n")
    print(f"{rows} rows, {wrong} differ")
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
