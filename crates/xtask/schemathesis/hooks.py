"""What schemathesis is told beside the description: how lines of JSON are written and read."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    rows = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@schemathesis.deserializer("application/x-ndjson")
def first_line(ctx, response):
    # Every line answers one address. To no address there is no line, and nothing to be held against the schema.
    return json.loads(response.content.split(b"\n")[0] or b'{"error": ""}')
