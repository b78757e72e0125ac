/** The names of log lines, each declared once with level and meaning. */

/** The levels, least severe first. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const

/** The severity of a line. */
export type LogLevel = (typeof logLevels)[number]

/** Name → level and meaning. `docs/runbook/logs.md` has the same table; a test compares them. */
export const logEvents = {
  'request.ended': ['info', 'The gateway responded to a request. For a stream: the response began.'],
  'probe.ended': ['debug', 'The gateway responded to a health check.'],
  'turn.accepted': ['info', 'A session recorded a message. The line names the request and the turn.'],
  'turn.ended': ['info', 'A session recorded the end of a turn.'],
  'attempt.ended': ['info', 'A runner ended one attempt at an answer. `calls`: the model waits for tools.'],
  'call.ended': ['info', 'An executor ended one attempt at a tool call.'],
  'page.applied': ['info', "A consumer applied a page of a session's events."],
  'memory.considered': ['info', 'A message of an answered turn was stored as a memory, or not. `verdict` says why.'],
  'admin.called': ['info', 'An operator called an administration route.'],
  'oidc.refused': ['info', 'A sign-in named no accepted tenant or subject.'],
  'credential.refused': ['warn', 'A credential was refused (401). At most one line per fault in 10 s; `count` is their number.'],
  'audit.unreadable': ['warn', 'A queue message is no audit doorbell. It is dropped.'],
  'request.failed': ['error', 'A request met a fault. The client received `internal` or `unavailable`.'],
  'stream.broke': ['error', "A reader's stream ended with a fault. The client returns with its cursor."],
  'settings.unreachable': ['error', 'The tenant object did not respond. The last known settings apply.'],
  'limiter.unreachable': ['error', 'The rate counter did not respond. The isolate counts for itself.'],
  'accounts.unreachable': ['error', 'The accounts did not respond. The instructions name the user by subject.'],
  'relations.unreachable': ['error', 'The relations did not respond. Nothing is shared meanwhile.'],
  'audit.unreachable': ['error', 'The audit trail did not take entries.'],
  'audit.nearly_full': ['error', 'An audit trail has used 80 % of its storage. The line names the tenant and the percentage.'],
  'audit.alarm_failed': ['error', 'The list of nearly full audit trails did not respond. `/ready` may miss the alarm.'],
  'oidc.unreachable': ['error', 'The OpenID provider did not respond.'],
  'oidc.failed': ['error', "The OpenID provider's response could not be used."],
  'home.unreachable': ['error', "The user's session list did not respond. The update is retried."],
  'files.unreadable': ['error', 'A file of a turn could not be read. The model is told.'],
  'files.unreachable': ['error', 'The attachments did not respond to a session. The call is repeated.'],
  'files.unscanned': ['error', 'The scanner gave no verdict about a file. The scan is repeated.'],
  'files.accepted_unscanned': ['warn', 'The scanner gave no verdict, and `SOMA_SCANNER_FAIL` is `open`: the file is readable.'],
  'files.quarantined': ['warn', 'The scanner refused a file. It stays unreadable.'],
  'files.undeleted': ['error', 'The bucket did not delete a file. The deletion is retried.'],
  'directory.unreachable': [
    'error',
    'The directory did not take a name. A later call repeats it; until then a backup may miss the object.',
  ],
  'doorbell.failed': ['error', 'A queue did not take a doorbell. The alarm sends it again.'],
  'doorbell.unreadable': ['error', 'A queue message is no doorbell. It is dropped.'],
  'dispatch.failed': ['error', 'A session did not respond to a doorbell. The queue delivers it again.'],
  'timer.failed': ['error', "A session's timer met a fault. It is retried."],
  'variable.invalid': ['error', 'A variable has a wrong value. The line names the variable, not the value.'],
  'runner.failed': ['error', 'The call to the runner failed. The attempt is retried.'],
  'runner_stream.broke': ['error', "The runner's stream broke. The attempt is retried."],
  'executor.failed': ['error', 'The call to the executor failed. The attempt is retried.'],
  'issuer.key_lost': ['error', 'A signing key cannot be opened. Another key signs.'],
  'checksum_key.unreachable': ['error', 'The issuer did not respond. Credentials are made and accepted without a checksum meanwhile.'],
  'root_keys.refused': ['error', 'SOMA_ROOT_KEYS cannot be used. No secret can be opened.'],
  'tools.unreachable': ['error', 'The tool catalog did not respond. The turn continues without tools.'],
  'breaker.unreachable': ['warn', 'The circuit breaker of a tool did not respond. The call runs as if it were closed.'],
  'catalog.unreachable': ['error', 'The tool catalog of a workspace could not be read. The call was denied.'],
  'tool.failed': ['error', 'A tool threw.'],
  'model_call.failed': ['warn', "A model call failed. `said` is a masked excerpt of the provider's error."],
  'model_usage.implausible': [
    'warn',
    'A provider reported an impossible usage: negative, or more than the call can have. It was clamped or estimated.',
  ],
  'utility_model.failed': ['warn', 'The utility model returned no usable text. `task` and `reason` say which and why.'],
  'answer_cache.failed': ['warn', 'The cache of answers did not work. The model answers as without it.'],
  'recording.failed': ['error', 'The recording of an attempt was not stored. A replay lacks the turn.'],
  'title.failed': ['error', 'The title of a session was not recorded. Its first sentence stays the title.'],
  'context.unreachable': ['error', 'A session did not return the longer context of a model. The default context is sent.'],
  'recall.failed': ['error', 'The memory or the policy did not answer a recall. The turn continues without memories.'],
  'network.open': ['error', "The Worker's network reaches private addresses. Tenants' models, pages and MCP servers are not called."],
  'budget.unreachable': ['error', 'The budget did not respond. The model is not called.'],
  'budget.unsettled': ['error', 'The cost of a model call was not recorded.'],
  'relay.failed': ['error', 'A session was not copied to Postgres. Its cursor waits.'],
  'memory.failed': ['error', "A session's messages were not stored as memories. Its cursor waits."],
  'topics.failed': ['error', 'A session was not published to Kafka. Its cursor waits.'],
  'audit.failed': ['error', 'An audit trail was not copied to Postgres. Its cursor waits.'],
  'prune.failed': ['error', 'Postgres did not drop copies of deleted sessions.'],
  'workers.started': ['info', '`npm start` started the Workers. In `workers.log` only.'],
  'workers.ended': ['info', "The Workers' process ended. In `workers.log` only."],
} as const satisfies Readonly<Record<string, readonly [LogLevel, string]>>

/** The name of a line. */
export type LogEvent = keyof typeof logEvents
