/**
 * Ways in which OpenAI-compatible providers were reported to misbehave, and the expected turn for each. Data only: the fixture
 * `misbehaving-provider.ts` plays them, and `test/workers/conversation/models/providers.test.ts` checks them.
 * The file is long because it is one table of cases.
 */

/** What a provider sends, in order: an event, raw text, or a pause in ms. */
type Step = object | string | number

export interface ProviderCase {
  readonly kind: string
  readonly sends?: readonly Step[]
  /** Refuses a request that has the field `when`, or every request; at most `times` times. */
  readonly refuses?: {
    readonly when?: string
    readonly status: number
    readonly body: string
    readonly type?: string
    readonly times?: number
  }
  readonly contentType?: string
  /** What happens to the connection after the last step. By default the body ends. */
  readonly ending?: 'stays open'
  readonly outcome: 'completed' | 'failed'
  /** The text is recorded as cut at a length limit. */
  readonly truncated?: true
  /** The recorded text. By default `Hello world.` if the turn completes, else none. */
  readonly text?: string
  /** The reason for the user. */
  readonly reason?: RegExp
  /** The excerpt of the provider's text that the operator sees. */
  readonly detail?: RegExp
  /** The calls that the session records. */
  readonly calls?: readonly (readonly [name: string, args: string])[]
  /** The results that the model receives. */
  readonly results?: readonly RegExp[]
  /** Model name and limit of the profile. */
  readonly model?: string
  readonly maxTokens?: number
}

const chunk = (delta: object, finish_reason: unknown = null, overrides: object = {}) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason }],
  ...overrides,
})
const textChunk = (content: unknown, finish: unknown = null) => chunk({ content }, finish)
const stop = chunk({}, 'stop')
const done = 'data: [DONE]\n\n'
const hello = textChunk('Hello ')
const world = textChunk('world.', 'stop')
const helloWorld = textChunk('Hello world.')

const completed = (kind: string, sends: readonly Step[], overrides: Partial<ProviderCase> = {}): ProviderCase => ({
  kind,
  sends,
  outcome: 'completed',
  ...overrides,
})
const failed = (kind: string, sends: readonly Step[], reason: RegExp, overrides: Partial<ProviderCase> = {}): ProviderCase => ({
  kind,
  sends,
  outcome: 'failed',
  reason,
  ...overrides,
})
const refused = (
  kind: string,
  outcome: ProviderCase['outcome'],
  refuses: NonNullable<ProviderCase['refuses']>,
  overrides: Partial<ProviderCase> = {},
): ProviderCase => ({ kind, outcome, refuses, ...overrides })

/** A turn that ends with each of these reasons, after a part of its text. */
const endsWith = (reason: unknown, words: RegExp) =>
  failed('K1', [textChunk('Hello wor'), chunk({}, reason), done], words, { text: 'Hello wor' })

/** A turn that is cut at the model's length limit, after a part of its text. */
const cutBy = (reason: string) => completed('K1', [textChunk('Hello wor'), chunk({}, reason), done], { text: 'Hello wor', truncated: true })

interface Piece {
  readonly index?: unknown
  readonly id?: unknown
  readonly name?: unknown
  readonly args?: unknown
  readonly [extra: string]: unknown
}
const piece = ({ index, id, name, args, ...extra }: Piece) => ({
  ...(index !== undefined && { index }),
  ...(id !== undefined && { id, type: 'function' }),
  function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
  ...extra,
})
const pieces = (...all: Piece[]) => chunk({ tool_calls: all.map(piece) })
const asksForTools = (...sends: Step[]): Step[] => [...sends, chunk({}, 'tool_calls'), done]
const echoed = [['echo', '{"text":"hi"}']] as const
const tools = (kind: string, sends: readonly Step[], calls: ProviderCase['calls'] = echoed, overrides: Partial<ProviderCase> = {}) =>
  completed(kind, asksForTools(...sends), { calls, ...overrides })

const hi = '{"text":"hi"}'
const echo: Piece = { index: 0, id: 'call_a', name: 'echo' }
const json = 'application/json'
const openAI = (message: string, overrides: object = {}) =>
  JSON.stringify({ error: { message, type: 'invalid_request_error', ...overrides } })
const vLLM = (message: string) => JSON.stringify({ object: 'error', message, type: 'BadRequestError', param: null, code: 400 })

/** Refusals because of the length of the conversation, by provider. */
const tooLong = (texts: Readonly<Record<string, string>>): Record<string, ProviderCase> =>
  Object.fromEntries(
    Object.entries(texts).map(([provider, text]) => [
      `tooLong_${provider}`,
      refused('K6', 'failed', { status: 400, body: openAI(text) }, { reason: /too long for this model/ }),
    ]),
  )

export const cases: Readonly<Record<string, ProviderCase>> = {
  ok: completed('none', [chunk({ role: 'assistant', content: '' }), hello, textChunk('world.'), stop, done]),

  // K1: an unknown ending is a failure.
  abort: endsWith('abort', /`abort`/),
  errorFinish: endsWith('error', /`error`/),
  noResource: endsWith('insufficient_system_resource', /`insufficient_system_resource`/),
  inventedFinish: endsWith('because', /`because`/),
  numberFinish: endsWith(0, /`0`/),
  lengthFinish: cutBy('length'),
  modelLengthFinish: cutBy('model_length'),
  maxTokensLowFinish: cutBy('max_tokens'),
  lengthTwice: completed('K1', [textChunk('Hello '), textChunk('wor', 'length'), chunk({}, 'length'), done], {
    text: 'Hello wor',
    truncated: true,
  }),
  lengthWithoutText: failed('K1', [chunk({ reasoning_content: 'so long' }), chunk({}, 'length'), done], /length limit/),
  maxTokensFinish: endsWith('MAX_TOKENS', /`MAX_TOKENS`/),
  filterFinish: endsWith('content_filter', /content filter/),
  roleOnly: failed('K1', [chunk({ role: 'assistant' }), stop, done], /empty answer/),
  emptyText: failed('K1', [chunk({ role: 'assistant', content: '' }), textChunk('', 'stop'), done], /empty answer/),
  blankText: failed('K1', [textChunk(' \n'), stop, done], /empty answer/, { text: ' \n' }),
  invisibleText: failed('K1', [textChunk('\u200b'), stop, done], /empty answer/, { text: '\u200b' }),
  errorInChoice: failed(
    'K1',
    [hello, { choices: [{ index: 0, delta: {}, finish_reason: 'stop', error: { message: 'boom', code: 502 } }] }, done],
    /problem at the moment \(502\)/,
    {
      text: 'Hello ',
      detail: /boom/,
    },
  ),
  detailEvent: failed('K1', [hello, { detail: 'worker crashed' }, done], /reported an error during/, { text: 'Hello ', detail: /crashed/ }),
  errorsEvent: failed('K1', [hello, { errors: [{ message: 'boom' }] }, done], /reported an error during/, {
    text: 'Hello ',
    detail: /boom/,
  }),
  messageWithoutChoices: failed('K1', [hello, { choices: [], message: 'boom', code: 500 }, done], /problem at the moment \(500\)/, {
    text: 'Hello ',
    detail: /boom/,
  }),
  detailWithNullChoices: failed('K1', [hello, { choices: null, detail: 'worker crashed' }, done], /reported an error during/, {
    text: 'Hello ',
    detail: /crashed/,
  }),
  failedBaseResp: failed(
    'K1',
    [hello, { choices: null, base_resp: { status_code: 1002, status_msg: 'rate limit' } }, done],
    /reported an error during/,
    { text: 'Hello ', detail: /rate limit/ },
  ),
  okBaseResp: completed('K1', [helloWorld, stop, { choices: [], base_resp: { status_code: 0, status_msg: '' } }, done]),
  okMessage: completed('K1', [helloWorld, stop, { choices: [], code: 0, message: 'Success' }, done]),
  listFinish: failed('K9', [helloWorld, chunk({}, ['stop']), done], /not part of an answer/, { text: 'Hello world.' }),
  ollamaNative: failed('K9', [{ model: 'm', message: { role: 'assistant', content: 'Hello' }, done: false }], /not part of an answer/, {
    detail: /^an event with the fields model, message, done$/,
  }),
  textDelta: failed('K9', [{ choices: [{ index: 0, delta: 'Hello' }] }], /not part of an answer/, { detail: /^choices\.0\.delta: / }),
  onlyThoughts: failed('K1', [chunk({ reasoning_content: 'hm' }), stop, done], /empty answer/),
  doneOnly: failed('K1', [done], /empty answer/),
  refusal: failed('K1', [chunk({ refusal: 'I cannot ' }), chunk({ refusal: 'help.' }), stop, done], /refused: I cannot help\./),
  refusalPart: failed('K1', [textChunk([{ type: 'refusal', refusal: 'No, sorry.' }], 'stop'), done], /refused: No, sorry\./),
  vllmError: failed('K1', [hello, { object: 'error', message: 'boom', code: 400 }, done], /did not accept the request \(400\)/, {
    text: 'Hello ',
    detail: /boom/,
  }),
  textError: failed('K1', [hello, { error: 'runner crashed' }, done], /reported an error during/, { text: 'Hello ', detail: /crashed/ }),
  errorEvent: failed('K1', [hello, 'event: error\ndata: {"message":"boom"}\n\n', done], /reported an error during/, {
    text: 'Hello ',
    detail: /boom/,
  }),
  strangeEvent: failed('K1', [hello, { hello: 'world' }, done], /not part of an answer/, { text: 'Hello ' }),
  cutOff: failed('K1', [hello], /broke off/, { text: 'Hello ' }),
  eos: completed('K1', [helloWorld, chunk({}, 'eos'), done]),
  endTurn: completed('K1', [helloWorld, chunk({}, 'end_turn'), done]),
  noFinish: completed('K1', [helloWorld, done]),
  noDone: completed('K1', [helloWorld, stop]),
  emptyFinish: completed('K1', [textChunk('Hello ', ''), textChunk('world.', 'null'), stop, done]),
  nullError: completed('K1', [chunk({ content: 'Hello ' }, null, { error: null }), world, done]),
  usageAlone: completed('K1', [helloWorld, stop, { usage: { prompt_tokens: 1, completion_tokens: 2 } }, done]),
  choicesNull: completed('K1', [{ choices: null }, helloWorld, stop, done]),
  azureFilter: completed('K1', [
    { choices: [], prompt_filter_results: [] },
    helloWorld,
    { choices: [{ index: 0, finish_reason: 'stop' }] },
    done,
  ]),

  // K2: a finish reason is not the end while text still comes.
  stopEach: completed('K2', [...Array.from({ length: 12 }, (_, index) => [textChunk(`w${index} `, 'stop'), 250]).flat(), done], {
    text: Array.from({ length: 12 }, (_, index) => `w${index} `).join(''),
  }),
  stopEachOpen: completed('K2', [...Array.from({ length: 4 }, (_, index) => [textChunk(`w${index} `, 'stop'), 900]).flat(), done], {
    text: 'w0 w1 w2 w3 ',
    ending: 'stays open',
  }),
  textAfterStop: completed('K2', [textChunk('Hello ', 'stop'), 2_400, textChunk('world.'), done]),
  stopBeforeText: completed('K2', [chunk({ role: 'assistant' }, 'stop'), 2_600, textChunk('Hello ', 'stop'), world, done]),
  stopBeforeCall: completed('K2', [chunk({ role: 'assistant' }, 'stop'), 2_600, pieces({ ...echo, args: hi }), done], { calls: echoed }),
  staysOpen: completed('K2', [helloWorld, stop], { ending: 'stays open' }),

  // K3: shapes.
  emptyData: completed('K3', [hello, 'data:\n\n', world, done]),
  blankData: completed('K3', [hello, 'data: \n\n', world, done]),
  eventOnly: completed('K3', [hello, 'event: keepalive\n\n', world, done]),
  idOnly: completed('K3', [hello, 'id: 7\n\n', 'retry: 10\n\n', world, done]),
  pingEvent: completed('K3', [hello, 'event: ping\ndata: {"type":"ping"}\n\n', world, done]),
  pingData: completed('K3', [hello, { type: 'ping' }, world, done]),
  crLines: completed('K3', [`data: ${JSON.stringify(hello)}\r\r`, `data: ${JSON.stringify(world)}\r\r`, 'data: [DONE]\r\r']),
  crlfLines: completed('K3', [`data: ${JSON.stringify(hello)}\r\n\r\n`, `data: ${JSON.stringify(world)}\r\n\r\n`, 'data: [DONE]\r\n\r\n']),
  byteOrderMark: completed('K3', ['\ufeff', hello, world, done]),
  noLastLine: completed('K3', [hello, world, 'data: [DONE]']),
  parts: completed('K3', [
    textChunk([{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }]),
    textChunk([{ type: 'text', text: 'Hello ' }]),
    textChunk([
      { type: 'text', text: 'wor' },
      { type: 'text', text: 'ld.' },
    ]),
    stop,
    done,
  ]),
  onePart: completed('K3', [textChunk({ type: 'text', text: 'Hello world.' }), stop, done]),
  textParts: completed('K3', [textChunk(['Hello ', 'world.']), stop, done]),
  wholeMessage: completed('K3', [{ choices: [{ index: 0, message: { content: 'Hello world.' }, finish_reason: 'stop' }] }, done]),
  deltaThenMessage: completed('K3', [
    helloWorld,
    { choices: [{ index: 0, message: { content: 'Hello world.' }, finish_reason: 'stop' }] },
    done,
  ]),
  textChoice: completed('K3', [{ choices: [{ text: 'Hello ' }] }, { choices: [{ text: 'world.', finish_reason: 'stop' }] }, done]),
  jsonBody: completed(
    'K3',
    ['{"choices":[{"index":0,"message":{"role":"assistant",\n"content":"Hello world."},"finish_reason":"stop"}]}'],
    {
      contentType: json,
    },
  ),
  jsonCalls: completed(
    'K3',
    [
      JSON.stringify({
        choices: [{ message: { content: null, tool_calls: [piece({ id: 'a', name: 'echo', args: hi })] }, finish_reason: 'tool_calls' }],
      }),
    ],
    { contentType: json, calls: echoed },
  ),
  streamAsJson: completed('K3', [hello, world, done], { contentType: json }),
  otherIndex: completed('K3', [hello, { choices: [{ index: 1, delta: { content: 'OTHER' } }] }, world, done]),
  textIndex: completed('K3', [{ choices: [{ index: '0', delta: { content: 'Hello world.' }, finish_reason: 'stop' }] }, done]),
  bigExtra: completed('K3', [chunk({ content: 'Hello world.' }, 'stop', { citations: ['u'.repeat(600_000)] }), done]),
  nullParts: completed('K3', [textChunk([null, { type: 'text', text: 'Hello world.' }]), stop, done]),
  nullContent: completed('K3', [chunk({ role: 'assistant', content: null }), helloWorld, textChunk(null, 'stop'), done]),
  webPage: failed('K9', ['<!doctype html><title>Login</title>'], /web page/, { contentType: 'text/plain' }),
  errorBody: failed('K3', [openAI('no such model', { code: 404 })], /does not know this model/, {
    contentType: json,
    detail: /no such model/,
  }),
  errorList: failed('K3', [JSON.stringify([{ error: { message: 'bad', code: 400 } }])], /did not accept/, { contentType: json }),
  jsonLines: failed(
    'K3',
    ['{"message":{"content":"Hello"},"done":false}\n', '{"message":{"content":""},"done":true}\n'],
    /not part of an answer/,
    {
      contentType: 'application/x-ndjson',
    },
  ),
  brokenJson: failed('K3', [hello, 'data: {"choices": oops\n\n'], /not JSON/, { text: 'Hello ' }),
  thoughtTag: completed('think', [textChunk('<think>'), textChunk('musings</thi'), textChunk('nk>\n\nHello '), world, done]),
  thoughtTagAtOnce: completed('think', [textChunk('\n<think>musings</think>\nHello world.'), stop, done]),
  thoughtTagLater: completed('think', [textChunk('Use <think>x</think>.'), stop, done], { text: 'Use <think>x</think>.' }),
  thoughtOnly: failed('think', [textChunk('<think>never ends'), stop, done], /empty answer/),
  thoughtField: completed('think', [chunk({ reasoning: 'hm' }), chunk({ reasoning_content: 'hm' }), helloWorld, stop, done]),

  // K4: calls from their pieces.
  callPieces: tools('K4', [pieces({ ...echo, args: '' }), pieces({ index: 0, args: '{"text":' }), pieces({ index: 0, args: '"hi"}' })]),
  callAtOnce: tools('K4', [pieces({ id: 'a', name: 'echo', args: hi })]),
  callAtIndexOne: tools('K4', [pieces({ ...echo, index: 1, args: hi })]),
  callTextIndex: tools('K4', [pieces({ ...echo, index: '0', args: '' }), pieces({ index: '0', args: hi })]),
  callRestWithoutKeys: tools('K4', [pieces({ id: 'a', name: 'echo', args: '' }), pieces({ args: hi })]),
  callRestEmptyKeys: tools('K4', [pieces({ ...echo, args: '' }), pieces({ index: 0, id: '', name: '', args: hi })]),
  callRestNewId: tools('K4', [pieces({ ...echo, args: '' }), pieces({ index: 0, id: 'call_b', name: null, args: hi })]),
  callRestNewIndex: tools('K4', [pieces({ ...echo, args: '' }), pieces({ index: 1, args: hi })]),
  callNameRepeated: tools('K4', [pieces({ ...echo, args: '{"text":' }), pieces({ ...echo, args: '"hi"}' })]),
  callNameRepeatedWithoutId: tools('K4', [pieces({ ...echo, args: '{"text":' }), pieces({ index: 0, name: 'echo', args: '"hi"}' })]),
  callSentTwice: tools('K4', [pieces({ ...echo, args: hi }), pieces({ ...echo, args: hi })]),
  callSentTwiceAfterPieces: tools('K4', [pieces({ ...echo, args: '' }), pieces({ index: 0, args: hi }), pieces({ ...echo, args: hi })]),
  callNameLate: tools('K4', [pieces({ index: 0, id: 'a' }), pieces({ index: 0, name: 'echo' }), pieces({ index: 0, args: hi })]),
  callsUnderOneIndex: tools(
    'K4',
    [pieces({ ...echo, args: hi }), pieces({ index: 0, id: 'b', name: 'timestamp', args: '{}' })],
    [...echoed, ['timestamp', '{}']],
  ),
  callsUnderOneIndexAtOnce: tools(
    'K4',
    [pieces({ ...echo, args: hi }, { index: 0, id: 'b', name: 'echo', args: '{"text":"two"}' })],
    [...echoed, ['echo', '{"text":"two"}']],
  ),
  callsUnderOneIndexInPieces: tools(
    'K4',
    [
      pieces({ ...echo, args: '' }),
      pieces({ index: 0, args: hi }),
      pieces({ index: 0, id: 'b', name: 'timestamp', args: '' }),
      pieces({ index: 0, args: '{}' }),
    ],
    [...echoed, ['timestamp', '{}']],
  ),
  callsWithoutIndex: tools(
    'K4',
    [pieces({ id: 'a', name: 'echo', args: hi }), pieces({ id: 'b', name: 'timestamp', args: '{}' })],
    [...echoed, ['timestamp', '{}']],
  ),
  callsWithoutKeys: tools(
    'K4',
    [pieces({ name: 'echo', args: hi }, { name: 'echo', args: '{"text":"two"}' })],
    [...echoed, ['echo', '{"text":"two"}']],
  ),
  callsOfOneId: tools(
    'K4',
    [pieces({ ...echo, args: hi }), pieces({ index: 1, id: 'call_a', name: 'timestamp', args: '{}' })],
    [...echoed, ['timestamp', '{}']],
  ),
  callsInterleaved: tools(
    'K4',
    [
      pieces({ ...echo, args: '' }, { index: 1, id: 'b', name: 'timestamp', args: '' }),
      pieces({ index: 0, args: hi }),
      pieces({ index: 1, args: '{}' }),
    ],
    [...echoed, ['timestamp', '{}']],
  ),
  callArgumentsTwice: tools('K4', [pieces({ ...echo, args: hi }), pieces({ index: 0, args: '{}' })]),
  callBraceInText: tools(
    'K4',
    [pieces({ ...echo, args: '{"text":"}' }), pieces({ index: 0, args: '\\"{"}' })],
    [['echo', '{"text":"}\\"{"}']],
  ),
  callEmptyObjectFirst: tools('K4', [
    pieces({ ...echo, args: '{}' }),
    pieces({ index: 0, args: '{"text":' }),
    pieces({ index: 0, args: '"hi"}' }),
  ]),
  callNullArgumentsLater: tools('K4', [
    pieces({ ...echo, args: null }),
    pieces({ index: 0, args: '{"text":' }),
    pieces({ index: 0, args: null }),
    pieces({ index: 0, args: '"hi"}' }),
  ]),
  callArgumentList: tools('K4', [pieces({ ...echo, args: ['hi'] })], [['echo', '["hi"]']]),
  callWithoutFunction: tools('K4', [chunk({ tool_calls: [{ index: 0, id: 'a', name: 'echo', arguments: { text: 'hi' } }] })]),
  callWithoutList: tools('K4', [chunk({ tool_calls: piece({ ...echo, args: hi }) })]),
  callNullInList: tools('K4', [chunk({ tool_calls: [null, piece({ ...echo, args: hi })] })]),
  callNameBlanks: tools('K4', [pieces({ ...echo, name: ' echo ', args: hi })]),
  callStop: completed('K4', [pieces({ ...echo, args: hi }), stop, done], { calls: echoed }),
  legacyCall: completed(
    'K4',
    [
      chunk({ function_call: { name: 'echo', arguments: '' } }),
      chunk({ function_call: { arguments: hi } }),
      chunk({}, 'function_call'),
      done,
    ],
    { calls: echoed },
  ),
  callNameless: failed('K4', asksForTools(pieces({ index: 0, id: 'a', name: '', args: '{}' })), /named none/),
  callMissing: failed('K4', [chunk({}, 'tool_calls'), done], /named none/),
  callCut: failed('K4', [pieces({ ...echo, args: '{"text":"unf' }), chunk({}, 'length'), done], /length limit/),

  // K5: what is recorded, and sent back.
  callObject: tools('K5', [pieces({ ...echo, args: { text: 'hi' } })]),
  callEmptyArguments: tools('K5', [pieces({ index: 0, id: 'a', name: 'timestamp', args: '' })], [['timestamp', '']], {
    results: [/^\d{4}-/],
  }),
  callBrokenArguments: tools('K5', [pieces({ ...echo, args: '{"text":"unfin' })], [['echo', '{"text":"unfin']], {
    results: [/not valid JSON/],
  }),
  callListArguments: tools('K5', [pieces({ ...echo, args: '["hi"]' })], [['echo', '["hi"]']], { results: [/not a JSON object/] }),
  callUnknownTool: tools('K5', [pieces({ index: 0, id: 'a', name: 'multi_tool.parallel', args: '{}' })], [['multi_tool.parallel', '{}']], {
    results: [/no tool/],
  }),
  callOwnFields: tools('K5', [
    chunk({
      reasoning_content: 'I will ',
      tool_calls: [piece({ ...echo, args: hi, extra_content: { google: { thought_signature: 'SIG==' } } })],
    }),
    chunk({ reasoning_content: 'echo.' }),
  ]),
  callLoneSurrogate: tools('K5', [pieces({ ...echo, args: '{"text":"a\\u0000b\\ud800c"}' })], [['echo', '{"text":"a\\u0000b\\ud800c"}']]),
  textThenCall: tools('K5', [textChunk('Let me see. '), pieces({ ...echo, args: hi })], echoed, { text: 'Let me see. Hello world.' }),

  // K6: fallbacks read the error, of any shape and status.
  noTools400: refused('K6', 'completed', { when: 'tools', status: 400, body: openAI('gemma does not support tools') }),
  noToolsVllm: refused('K6', 'completed', {
    when: 'tools',
    status: 400,
    body: vLLM('"auto" tool choice requires --enable-auto-tool-choice'),
  }),
  noTools404: refused('K6', 'completed', {
    when: 'tools',
    status: 404,
    body: openAI('No endpoints found that support tool use.', { code: 404 }),
  }),
  noTools500: refused('K6', 'completed', { when: 'tools', status: 500, body: openAI('tools param requires --jinja flag', { code: 500 }) }),
  noTools501: refused('K6', 'completed', { when: 'tools', status: 501, body: 'Not implemented: function calling', type: 'text/plain' }),
  noToolsDetail: refused('K6', 'completed', { when: 'tools', status: 422, body: '{"detail":"function_call is not enabled"}' }),
  noToolsConfig: refused('K6', 'completed', { when: 'tools', status: 400, body: '{"message":"The provided toolConfig is not valid."}' }),
  noFunctions: refused('K6', 'completed', { when: 'tools', status: 400, body: openAI('functions are not supported with this model') }),
  noToolsXml: refused('K6', 'completed', {
    when: 'tools',
    status: 422,
    body: '<Error><Message>enable_auto_tool_choice is off</Message></Error>',
    type: 'application/xml',
  }),
  noToolsInStream: completed('K6', [openAI('this model has no tool support', { code: 400 })], {
    contentType: json,
    refuses: { when: 'never', status: 400, body: '' },
  }),
  noStreamOptions400: refused('K6', 'completed', {
    when: 'stream_options',
    status: 400,
    body: 'unknown field stream_options',
    type: 'text/plain',
  }),
  noStreamOptions422: refused('K6', 'completed', {
    when: 'stream_options',
    status: 422,
    body: '{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}',
  }),
  noStreamOptionsVllm: refused('K6', 'completed', { when: 'stream_options', status: 400, body: vLLM('stream_options is not allowed') }),
  tooLongOpenAI: refused(
    'K6',
    'failed',
    { status: 400, body: openAI('x', { code: 'context_length_exceeded' }) },
    { reason: /too long for this model/ },
  ),
  tooLongVllm: refused(
    'K6',
    'failed',
    { status: 400, body: vLLM("This model's maximum context length is 4096 tokens.") },
    { reason: /too long for this model/ },
  ),
  tooLongAnthropic: refused(
    'K6',
    'failed',
    { status: 400, body: openAI('prompt is too long: 210000 tokens > 200000 maximum') },
    { reason: /too long for this model/ },
  ),
  tooLongLlama: refused(
    'K6',
    'failed',
    { status: 500, body: openAI('the request exceeds the available context size') },
    { reason: /too long for this model/ },
  ),
  noTools503: refused('K6', 'completed', { when: 'tools', status: 503, body: openAI('This model does not support tools') }),
  ...tooLong({
    xai: "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
    cohere: 'too many tokens: total number of tokens in the prompt cannot exceed 4081',
    tgi: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096',
    zhipu: 'Prompt exceeds max length',
    dashScope: 'Range of input length should be [1, 30720]',
    moonshot: 'Invalid request: Your request exceeded model token limit: 8192',
    copilot: 'prompt token count of 130000 exceeds the limit of 128000',
  }),
  answerLimitTooLarge: refused(
    'K6',
    'failed',
    { status: 400, body: openAI('max_tokens is too large: 100000. This model supports at most 16384 completion tokens') },
    { reason: /did not accept the request \(400\)/ },
  ),
  tooLongInStream: failed('K6', [{ error: { message: 'maximum context length is 10', code: 400 } }, done], /too long for this model/),

  // K7: any byte is a keep-alive signal. The test sets 1 s between tokens, 2 s to the first, 4 s of keep-alives.
  commentsFirst: completed('K7', [...Array.from({ length: 25 }, () => [': PROCESSING\n\n', 100]).flat(), hello, world, done]),
  commentsBetween: completed('K7', [hello, ...Array.from({ length: 15 }, () => [': keep-alive\n\n', 100]).flat(), world, done]),
  emptyEventsBetween: completed('K7', [hello, ...Array.from({ length: 15 }, () => ['data:\n\n', 100]).flat(), world, done]),
  callLate: tools('K7', [pieces({ ...echo, args: '' }), 1_200, pieces({ index: 0, args: hi })]),
  commentsForEver: failed(
    'K7',
    [hello, ...Array.from({ length: 60 }, () => [': keep-alive\n\n', 100]).flat()],
    /SOMA_MODEL_KEEP_ALIVE_MS/,
    { text: 'Hello ' },
  ),
  silenceFirst: failed('K7', [], /SOMA_MODEL_FIRST_TOKEN_MS/, { ending: 'stays open' }),
  silenceBetween: failed('K7', [hello], /SOMA_MODEL_BETWEEN_TOKENS_MS/, { text: 'Hello ', ending: 'stays open' }),

  // K8: the name of the limit.
  limitRenamed: refused(
    'K8',
    'completed',
    { when: 'max_tokens', status: 400, body: openAI("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.") },
    { maxTokens: 50 },
  ),
  limitUnexpected: refused(
    'K8',
    'completed',
    { when: 'max_tokens', status: 400, body: vLLM("create() got an unexpected keyword argument 'max_tokens'") },
    { maxTokens: 50 },
  ),
  limitNotAllowed: refused(
    'K8',
    'completed',
    { when: 'max_tokens', status: 400, body: '{"detail":"Additional properties are not allowed (max_tokens)"}' },
    { maxTokens: 50 },
  ),
  limitParam: refused(
    'K8',
    'completed',
    { when: 'max_tokens', status: 400, body: openAI('Invalid request', { param: 'max_tokens', code: 'unsupported_parameter' }) },
    { maxTokens: 50 },
  ),
  limitUnknown: refused(
    'K8',
    'completed',
    {
      when: 'max_completion_tokens',
      status: 422,
      body: '{"detail":[{"loc":["body","max_completion_tokens"],"msg":"Extra inputs are not permitted"}]}',
    },
    { maxTokens: 50, model: 'gpt-5-mini' },
  ),

  // K9: the text names the right cause.
  badRequest: refused(
    'K9',
    'failed',
    { status: 400, body: vLLM('n must be 1') },
    { reason: /did not accept the request \(400\)/, detail: /n must be 1/ },
  ),
  badRequestDetail: refused(
    'K9',
    'failed',
    { status: 422, body: '{"detail":"seed is wrong"}' },
    { reason: /\(422\)/, detail: /seed is wrong/ },
  ),
  badRequestText: refused(
    'K9',
    'failed',
    { status: 400, body: 'plain words', type: 'text/plain' },
    { reason: /\(400\)/, detail: /plain words/ },
  ),
  badRequestEmpty: refused('K9', 'failed', { status: 400, body: '' }, { reason: /\(400\)/ }),
  keyEchoed: refused(
    'K9',
    'failed',
    { status: 401, body: openAI('bad key KEY, sent as Bearer KEY') },
    { reason: /refused our key/, detail: /bad key \[key\]/ },
  ),
  keyInText: completed('K9', [textChunk('Your key is K_E'), textChunk('E_Y. Keep it.'), stop, done], {
    text: 'Your key is [key]. Keep it.',
  }),
  keyInCall: tools('K9', [pieces({ ...echo, args: '{"text":"KEY"}' })], [['echo', '{"text":"[key]"}']]),
  keyInRefusal: failed('K9', [chunk({ refusal: 'KEY is no good.' }), stop, done], /refused: \[key\] is no good/),
  keyInFinish: failed('K9', [hello, chunk({}, 'KEY'), done], /`\[key\]`/, { text: 'Hello ' }),
  quota: refused(
    'K9',
    'failed',
    { status: 429, body: openAI('You exceeded your current quota', { code: 'insufficient_quota' }) },
    { reason: /no quota left/ },
  ),
  credits: refused('K9', 'failed', { status: 402, body: openAI('Insufficient credits') }, { reason: /no quota left/ }),
  busyOnce: refused('K9', 'completed', { status: 503, body: '<html>busy</html>', type: 'text/html', times: 2 }),
  tooEarly: refused('K9', 'completed', { status: 425, body: '', times: 1 }),
  brokenOnce: completed('K9', [{ error: { message: 'overloaded', code: 503 } }], {
    refuses: { when: 'never', status: 503, body: '', times: 1 },
  }),
}
