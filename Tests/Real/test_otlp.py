"""What we write as OTLP, decoded with the published descriptors."""

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sinks import Sinks
from support import eventually


def test_the_published_descriptors_read_what_we_write(start, sandbox):
    sinks = Sinks()
    gateway = start(sandbox, **sinks.settings)
    for _ in range(3):
        gateway.chat(headers={"X-Bursar-Tags": "env=prod", "X-Bursar-Run": "r"})
    assert eventually(lambda: len(sinks.otlp.spans) == 3)
    read = {}
    for _, body in sinks.otlp.requests:
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            assert {a.key: a.value.string_value for a in resource.resource.attributes}["service.name"] == "bursar"
            for scope in resource.scope_spans:
                assert scope.scope.name == "bursar"
                read.update((span.span_id.hex(), span) for span in scope.spans)
    assert set(read) == set(sinks.otlp.spans)
    for id, span in read.items():
        own = sinks.otlp.spans[id]
        assert (span.trace_id.hex(), span.name, span.start_time_unix_nano) == (own.trace, own.name, own.start)
        assert span.kind == span.SPAN_KIND_CLIENT and span.flags == 1
        told = {a.key: a.value for a in span.attributes}
        assert told["bursar.cost_usd"].string_value == str(own.attributes["bursar.cost_usd"])
        assert told["llm.cost.total"].double_value == own.attributes["llm.cost.total"]
        assert told["llm.token_count.prompt"].int_value == own.attributes["llm.token_count.prompt"]
        assert [v.string_value for v in told["tag.tags"].array_value.values] == ["env=prod"]
    sinks.close()
