"""What schemathesis does not know by itself; named in fuzz.sh."""

import schemathesis

# A file of lines is bytes like any other, and goes out as it was made.
schemathesis.serializer.alias("application/x-ndjson", "application/octet-stream")


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Says of the event stream what one event is.

    OpenAPI 3.1 describes the whole body, which is text; `itemSchema` comes with 3.2.
    """
    stream = raw_schema["paths"]["/events/stream"]["get"]["responses"]["200"]["content"]
    del stream["text/event-stream"]["schema"]
    stream["text/event-stream"]["itemSchema"] = {
        "type": "object",
        "required": ["id", "event", "data"],
        "properties": {
            "id": {"$ref": "#/components/schemas/Cursor"},
            "event": {"type": "string"},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"$ref": "#/components/schemas/LoggedEvent"},
            },
        },
    }
