"""Reference values of the memory engine, written apart from it. Prints reference.json: python3 reference.py > reference.json"""
import hashlib
import json
import math
import random
import statistics
import struct


def embed(text, dimension):
    digest = hashlib.blake2b(text.encode()).digest()
    tiled = [digest[i % 64] for i in range(dimension)]
    norm = math.sqrt(sum(v * v for v in tiled))
    return b"".join(struct.pack("<f", v / norm) for v in tiled)


def quantile(values, per_cent):
    return statistics.quantiles(values, n=100, method="inclusive")[per_cent - 1]


def normalise(history, raw):
    """The formulas of the original, over a history of all raw values, read once."""
    kept = history[-512:]
    low, high = min(kept), max(kept)
    renewed = len(history) - len(history) % 64
    if renewed >= 64:
        seen = history[max(0, renewed - 512):renewed]
        q10, q50, q90, q99 = (quantile(seen, p) for p in (10, 50, 90, 99))

        def over(a, b):
            return a / b if b > 0 else (math.inf if a > 0 else 0.0)

        tail, extent, skew = over(high - q90, q90 - q50), over(q99 - q90, q90 - q50), over(q90 - q50, q50 - q10)
        if not (tail <= 5 and skew <= 3):
            spread = q90 - q10
            if tail <= 15 and extent <= 8:
                method, low, high = "winsor", max(low, q10 - 0.25 * spread), min(high, q90 + 0.25 * spread)
                return method, 0.5 if high - low < 1e-12 else min(1.0, max(0.0, (raw - low) / (high - low)))
            if spread < 1e-12:
                return "logistic", 0.5
            slope = min(25, math.log(9) / spread)
            return "logistic", 1 / (1 + math.exp(-slope * (raw - q50)))
    return "min-max", 0.5 if high - low < 1e-12 else min(1.0, max(0.0, (raw - low) / (high - low)))


def histories():
    pick = random.Random(14)
    yield "few", [pick.random() for _ in range(40)]
    yield "even", [round(pick.uniform(-2, 3), 6) for _ in range(700)]
    yield "skewed", [round(pick.lognormvariate(0, 0.9), 6) for _ in range(640)]
    yield "long tail", [round(pick.paretovariate(0.7), 6) for _ in range(900)]
    yield "mostly zeros", [0.0] * 300 + [round(pick.random(), 6) for _ in range(20)]
    yield "half zeros", [0.0] * 160 + [round(pick.random(), 6) for _ in range(160)]
    yield "all equal", [7.0] * 128
    yield "shift after 512", [round(pick.random(), 6) for _ in range(512)] + [round(100 + pick.paretovariate(0.7), 6) for _ in range(512)]


def distance(edges, nodes, start):
    """Bellman-Ford, so that nothing is shared with Dijkstra."""
    best = {n: math.inf for n in nodes}
    best[start] = 0
    for _ in nodes:
        for a, b, w in edges:
            best[b] = min(best[b], best[a] + w)
    return best


def graph():
    pick = random.Random(7)
    nodes = [str(n) for n in range(30)]
    edges = [(pick.choice(nodes), pick.choice(nodes), pick.randint(1, 9)) for _ in range(60)]
    lengths = [[None if math.isinf(v) else v for v in distance(edges, nodes, n).values()] for n in nodes]
    return {"nodes": nodes, "edges": edges, "lengths": lengths}


if __name__ == "__main__":
    texts = ["", "I like Assam tea.", "Grünkohl 🍵 茶"]
    out = {
        "embeddings": [
            {"text": t, "dimension": d, "sha256": hashlib.sha256(embed(t, d)).hexdigest(), "first": struct.unpack("<4f", embed(t, d)[:16])}
            for t in texts
            for d in (384, 768)
        ],
        "importance": [
            {"name": n, "history": h, "values": [[r, *normalise(h, r)] for r in (min(h) - 1, 0.0, *h[-5:], max(h), max(h) + 1)]}
            for n, h in histories()
        ],
        "graph": graph(),
    }
    print(json.dumps(out, ensure_ascii=False))
