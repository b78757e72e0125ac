package voice_test

import data.voice

headers := {"x-actor": "ada", "x-tenant": "t1", "x-scopes": "voice tools"}

session := {"tenant": "t1", "owner": "ada"}

opening := {"via": "gateway", "method": "POST", "path": "/v1/realtime/sessions", "headers": headers, "project_id": "t1"}

watching := {"via": "gateway", "method": "WEBSOCKET", "path": "/v1/realtime", "headers": headers, "project_id": "t1", "session": session}

test_denies_by_default if {
	voice.allow == false with input as {}
	voice.tool == false with input as {}
	voice.audio == false with input as {}
}

test_opens_and_joins if {
	voice.allow with input as opening
	voice.allow with input as object.union(opening, {"path": "/v1/realtime/client_secrets"})
	voice.allow with input as watching
	not voice.allow with input as object.union(opening, {"path": "/v1/realtime"})
	not voice.allow with input as object.union(opening, {"session": false})
	not voice.allow with input as object.remove(watching, ["session"])
}

test_believes_headers_only_from_the_gateway if {
	not voice.allow with input as object.union(opening, {"via": "internet"})
	not voice.allow with input as object.remove(opening, ["via"])
	not voice.allow with input as object.union(opening, {"headers": {"x-actor": ""}})
	not voice.allow with input as object.union(opening, {"project_id": "t2"})
}

test_needs_the_scope if {
	not voice.allow with input as object.union(opening, {"headers": {"x-scopes": ""}})
	not voice.allow with input as object.union(opening, {"headers": {"x-scopes": "voices"}})
	voice.allow with input as object.union(opening, {"headers": {"x-scopes": "admin"}})
}

test_stays_in_its_own_session if {
	not voice.allow with input as object.union(watching, {"session": {"tenant": "t2"}})
	not voice.allow with input as object.union(watching, {"session": {"owner": "bob"}})
}

test_tool if {
	called := object.union(watching, {"tool": {"name": "echo", "enabled": true}})
	voice.tool with input as called
	not voice.tool with input as object.union(called, {"tool": {"enabled": "true"}})
	not voice.tool with input as object.union(called, {"headers": {"x-scopes": "voice"}})
	not voice.tool with input as watching
}

test_audio if {
	heard := object.union(watching, {"audio": {"format": "pcm16", "sample_rate": 24000, "bytes": 4800}})
	voice.audio with input as heard
	voice.audio with input as object.union(heard, {"audio": {"format": "g711_ulaw", "sample_rate": 8000}})
	not voice.audio with input as object.union(heard, {"audio": {"sample_rate": 16000}})
	not voice.audio with input as object.union(heard, {"audio": {"format": "mp3"}})
	not voice.audio with input as object.union(heard, {"audio": {"bytes": 0}})
	not voice.audio with input as object.union(heard, {"audio": {"bytes": 15728641}})
}
