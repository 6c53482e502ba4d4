"""The logs of what happened, read in pieces."""

from simulator.world import World


def bounds(values: dict) -> tuple[int, int]:
    return int(values.get("since") or 0), int(values.get("limit") or 100_000)


def accepted(world: World, values: dict, request) -> dict:
    since, limit = bounds(values)
    wanted = values.get("phone_number_id")
    rows = world.accepted.since(since, limit)
    rows = [row for row in rows if wanted in (None, row["phone_number_id"])]
    return {"accepted": rows, "next": world.accepted.next}


def deliveries(world: World, values: dict, request) -> dict:
    rows = world.deliveries.since(*bounds(values))
    if not values.get("bodies"):
        rows = [{key: value for key, value in row.items() if key != "body"} for row in rows]
    pending = world.unacknowledged + sum(len(batch) for batch in world.batches.values())
    return {"deliveries": rows, "next": world.deliveries.next, "pending": pending}


def requests(world: World, values: dict, request) -> dict:
    return {"requests": world.requests.since(*bounds(values)), "next": world.requests.next}
