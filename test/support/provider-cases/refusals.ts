/** Refusals: which part of the request to change, and the cause that the user reads. */
import {
  chunk,
  completed,
  done,
  echo,
  failed,
  hello,
  json,
  openAI,
  type ProviderCase,
  pieces,
  refused,
  stop,
  textChunk,
  tooLong,
  tools,
  vLLM,
} from './provider-case.ts'

export const refusals: Readonly<Record<string, ProviderCase>> = {
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
