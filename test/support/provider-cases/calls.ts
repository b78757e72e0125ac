/** Tool calls: their pieces, what is recorded, and what is sent back. */
import {
  asksForTools,
  chunk,
  completed,
  done,
  echo,
  echoed,
  failed,
  hi,
  type ProviderCase,
  piece,
  pieces,
  stop,
  textChunk,
  tools,
} from './provider-case.ts'

export const calls: Readonly<Record<string, ProviderCase>> = {
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
}
