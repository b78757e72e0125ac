/** The shapes of answers. */
import {
  chunk,
  completed,
  done,
  echoed,
  failed,
  hello,
  helloWorld,
  hi,
  json,
  openAI,
  type ProviderCase,
  piece,
  stop,
  textChunk,
  world,
} from './provider-case.ts'

export const shapes: Readonly<Record<string, ProviderCase>> = {
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
}
