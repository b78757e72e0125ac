# Voice: who may open a realtime session, call tools in it, and send audio. The original allowed by default; this
# policy denies by default.
#
# Input:
#   via         "gateway": set by the calling Worker, never taken from the request. Headers count only with it.
#   method      POST or WEBSOCKET
#   path        /v1/realtime/…
#   headers     x-actor, x-tenant, x-scopes (separated by spaces), written by the gateway
#   project_id  the project of the key in use: the tenant of the session
#   session     {tenant, owner}, if a session exists
#   tool        {name, enabled}, for `tool`
#   audio       {format, sample_rate, bytes} of one chunk, for `audio`
package voice

default allow := false

default tool := false

default audio := false

# Largest audio chunk: 15 MB, as in the Realtime contract.
chunk_limit_bytes := (15 * 1024) * 1024

formats := {"pcm16": {24000}, "g711_ulaw": {8000}, "g711_alaw": {8000}}

scopes := {scope | some scope in split(input.headers["x-scopes"], " "); scope != ""}

known if {
	input.via == "gateway"
	is_string(input.headers["x-actor"])
	input.headers["x-actor"] != ""
	is_string(input.headers["x-tenant"])
	input.headers["x-tenant"] != ""
	input.project_id == input.headers["x-tenant"]
}

entitled if "voice" in scopes

entitled if "admin" in scopes

has_session if _ = input.session

# The session belongs to the caller.
own if {
	input.session.tenant == input.headers["x-tenant"]
	input.session.owner == input.headers["x-actor"]
}

allow if {
	known
	entitled
	input.method == "POST"
	input.path in {"/v1/realtime/sessions", "/v1/realtime/client_secrets"}
	not has_session
}

allow if {
	known
	entitled
	input.method == "WEBSOCKET"
	input.path == "/v1/realtime"
	own
}

tool if {
	known
	entitled
	own
	"tools" in scopes
	is_string(input.tool.name)
	input.tool.enabled == true
}

audio if {
	known
	entitled
	own
	input.audio.sample_rate in formats[input.audio.format]
	input.audio.bytes > 0
	input.audio.bytes <= chunk_limit_bytes
}
