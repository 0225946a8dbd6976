"""Computes the NYSE study's bars and spreads straight from the tick files, by another way than its models, and compares them with a run's.

    npx headwaters run nyse --input DIR --once --state .headwaters/ticks
    for table in bar_1s bar_1m bar_5m bar_1d; do
      npx headwaters query "select * from nyse_gold.$table" --format csv --state .headwaters/ticks > OUT/$table.csv
    done
    npx headwaters query "select * from nyse_marts.spread_daily" --format csv --state .headwaters/ticks > OUT/spread_daily.csv
    python3 test/realData/nyse.py DIR OUT

DIR holds a folder per symbol with `<yyyymmdd>_trade.zip` and `<yyyymmdd>_quote.zip`, as in the data of QuantConnect LEAN
(https://github.com/QuantConnect/Lean/tree/master/Data/equity/usa/tick). They are not part of `npm test`. It needs Python 3.9
and nothing else. It ends with exit code 1 when anything differs.
"""

import csv
import glob
import os
import sys
import zipfile
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

# Bits of the masks (QuantConnect LEAN, TradeConditionFlags) by what the tape's matrix says that they do not count towards.
CASH, NEXT_DAY, SELLER, FORM_T, EXTENDED = 1, 2, 3, 10, 13
STOCK_OPTION, AVERAGE, VARIATION, ODD_LOT = 18, 20, 22, 31
OFFICIAL = [24, 26]
VOLUME_ONLY = [CASH, NEXT_DAY, SELLER, FORM_T, EXTENDED, STOCK_OPTION, AVERAGE, VARIATION, ODD_LOT]
NOT_LAST = [9, 11, 14, 25]


def mask(bits):
    return sum(1 << bit for bit in bits)


NO_VOLUME = mask(OFFICIAL)
NO_RANGE = mask(OFFICIAL + VOLUME_ONLY)
NO_LAST = mask(OFFICIAL + VOLUME_ONLY + NOT_LAST)
OPEN_MS, CLOSE_MS = 34_200_000, 57_600_000
NEW_YORK = ZoneInfo("America/New_York")


def lines_of(path):
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            for line in archive.read(name).decode("ascii").split():
                yield line.split(",")


def utc_midnight(day):
    """The instant of midnight in New York."""
    return datetime.strptime(day, "%Y%m%d").replace(tzinfo=NEW_YORK).astimezone(timezone.utc)


class Bar:
    def __init__(self):
        self.open = self.close = self.high = self.low = None
        self.volume = self.trades = self.priced_volume = self.notional = 0

    def add(self, price, size, flags, doubted):
        if not flags & NO_VOLUME:
            self.volume += size
            self.trades += 1
            if not doubted:
                self.priced_volume += size
                self.notional += price * size
        if not flags & NO_RANGE:
            self.high = price if self.high is None else max(self.high, price)
            self.low = price if self.low is None else min(self.low, price)
        if not flags & NO_LAST:
            self.open = price if self.open is None else self.open
            self.close = price

    def cells(self):
        vwap = Decimal(self.notional) / (10_000 * self.priced_volume) if self.priced_volume else None
        return [
            *(e4(value) for value in (self.open, self.high, self.low, self.close)),
            str(self.volume),
            str(self.trades),
            str(self.priced_volume),
            e4(self.notional),
            "" if vwap is None else str(vwap.quantize(Decimal("0.000001"), ROUND_HALF_UP)),
        ]


def e4(value):
    return "" if value is None else f"{value // 10_000}.{value % 10_000:04d}"


COLUMNS = ["open", "high", "low", "close", "volume", "trades", "priced_volume", "notional", "vwap"]


def read_day(folder, day):
    trades = list(lines_of(f"{folder}/{day}_trade.zip"))
    path = f"{folder}/{day}_quote.zip"
    quotes = list(lines_of(path)) if os.path.exists(path) else []
    return trades, quotes


# A side of a venue counts for so long after it was given.
STANDS_MS = 5_000


def quote_of(row, bid, ask):
    """Takes a quote into the sides of its venue; false for one that is doubted."""
    ms, b, _bs, a, _as, venue, _condition, doubted = row
    if doubted != "0":
        return False
    if b != "0":
        bid[venue] = (int(ms), int(b))
    if a != "0":
        ask[venue] = (int(ms), int(a))
    return True


def best_at(instant, bid, ask):
    bids = [price for ms, price in bid.values() if instant - ms <= STANDS_MS]
    asks = [price for ms, price in ask.values() if instant - ms <= STANDS_MS]
    return max(bids, default=None), min(asks, default=None)


def compute(root):
    bars = {seconds: defaultdict(Bar) for seconds in (1, 60, 300)}
    days = defaultdict(Bar)
    spreads = defaultdict(lambda: [0, 0, 0, 0])
    shares = 0
    for path in sorted(glob.glob(f"{root}/*/*_trade.zip")):
        folder, name = os.path.split(path)
        symbol, day = os.path.basename(folder).upper(), name[:8]
        date = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        midnight = utc_midnight(day)
        trades, quotes = read_day(folder, day)
        bid, ask, at, best = {}, {}, 0, (None, None)
        for ms, price, size, _venue, condition, suspicious in trades:
            ms, price, size, flags = int(ms), int(price), int(size), int(condition, 16)
            shares += size
            if suspicious == "1":
                flags |= mask([CASH]) if not flags & NO_VOLUME else 0
            for seconds, held in bars.items():
                start = midnight + timedelta(seconds=ms // 1000 // seconds * seconds)
                held[symbol, start.strftime("%Y-%m-%d %H:%M:%S.000000")].add(price, size, flags, suspicious == "1")
            days[symbol, date].add(price, size, flags, suspicious == "1")
            while at < len(quotes) and int(quotes[at][0]) <= ms:
                instant = int(quotes[at][0])
                if quote_of(quotes[at], bid, ask):
                    # A quote of a venue that is doubted changes nothing, not even the instant.
                    best = best_at(instant, bid, ask)
                at += 1
            auction = flags & mask([6, 7])
            if best[0] is not None and best[1] is not None and OPEN_MS <= ms < CLOSE_MS and not auction:
                found = spreads[symbol, date]
                if best[0] > best[1]:
                    found[3] += 1
                    continue
                found[0] += 1
                found[1] += best[1] - best[0]
                found[2] += abs(2 * price - best[0] - best[1])
    return bars, days, spreads, shares


def read_table(folder, name, keys, columns):
    with open(f"{folder}/{name}.csv", newline="") as stream:
        return {tuple(row[key] for key in keys): [row[column] for column in columns] for row in csv.DictReader(stream)}


def same(a, b):
    return a == b or (a != "" and b != "" and Decimal(a) == Decimal(b))


def compare(name, expected, found):
    wrong = [key for key in expected.keys() | found.keys() if not equal(expected.get(key), found.get(key))]
    print(f"{name}: {len(expected) - len(wrong)} of {len(expected)} rows equal")
    for key in sorted(wrong)[:5]:
        print(f"  {key}: expected {expected.get(key)}, found {found.get(key)}")
    return not wrong


def equal(a, b):
    return a is not None and b is not None and all(same(x, y) for x, y in zip(a, b))


def mean(total, count):
    return str((Decimal(total) / (10_000 * count)).quantize(Decimal("0.000001"), ROUND_HALF_UP))


def main(root, out):
    bars, days, spreads, shares = compute(root)
    names = {1: "bar_1s", 60: "bar_1m", 300: "bar_5m"}
    results = [
        compare(
            names[seconds],
            {key: bar.cells() for key, bar in held.items()},
            read_table(out, names[seconds], ["symbol", "bar_start"], COLUMNS),
        )
        for seconds, held in bars.items()
    ]
    results.append(
        compare(
            "bar_1d",
            {key: bar.cells() for key, bar in days.items()},
            read_table(out, "bar_1d", ["symbol", "trade_date"], COLUMNS),
        )
    )
    results.append(
        compare(
            "spread_daily",
            {key: [str(n), str(c), mean(quoted, n), mean(paid, n)] for key, (n, quoted, paid, c) in spreads.items()},
            read_table(out, "spread_daily", ["symbol", "trade_date"], ["trades", "crossed", "quoted_spread", "effective_spread"]),
        )
    )
    print(f"{shares:,} shares in all trades of the files")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
