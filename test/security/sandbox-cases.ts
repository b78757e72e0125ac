/**
 * Escapes and exhaustions of other sandboxes, by the name under which they are known, rewritten for this one.
 * An escape proves itself: `reached(F)` asks a function constructor for what only the host has. Its program ends with `true`.
 */

/** One attack: its name, its program, and what stops it. */
export interface Attack {
  readonly name: string
  readonly code: string
  /** `wall`: it reaches nothing but its own engine. `absent`: what it needs does not exist. Otherwise the limit that ends it. */
  readonly stoppedBy: 'wall' | 'absent' | 'fuel' | 'ticks' | 'memory' | 'stack' | 'output' | 'host_calls' | 'tool_calls'
}

/** Stands before each escape. */
export const prelude = `
const reached = (F) => {
  try {
    const found = F('return typeof process + typeof require + typeof fetch + typeof canaryOfTheHost')()
    return typeof found === 'string' && found !== 'undefined'.repeat(4)
  } catch { return false }
}
const walk = (value) => {
  const seen = new Set()
  const queue = [value]
  for (let steps = 0; queue.length > 0 && steps < 2000; steps += 1) {
    const next = queue.pop()
    if (next === null || (typeof next !== 'object' && typeof next !== 'function') || seen.has(next)) continue
    seen.add(next)
    if (typeof next === 'function' && reached(next)) return true
    for (const key of Reflect.ownKeys(next)) { try { queue.push(next[key]) } catch {} }
    try { queue.push(Object.getPrototypeOf(next)) } catch {}
  }
  return false
}
`

const attempt = (name: string, code: string, stoppedBy: 'wall' | 'absent' = 'wall'): Attack => ({
  name,
  code: `${prelude}${code}`,
  stoppedBy,
})

/** What vm2 let through, from its first waves to those of 2026. */
const vm2: readonly Attack[] = [
  attempt(
    'vm2 CVE-2019-10761: an error of the host at the end of the stack',
    `let e; const f = () => { try { f() } catch (error) { e ??= error } }; f(); walk(e)`,
  ),
  attempt(
    'vm2 CVE-2021-23449: a dynamic import',
    `let r = false; try { r = walk(await import('vm')) } catch (error) { r = walk(error) } r`,
  ),
  attempt(
    'vm2 CVE-2021-23555: a stack frame gives its this',
    `Error.prepareStackTrace = (e, frames) => frames; let s = new Error().stack; walk(s) || walk(typeof s === 'object' && s?.[0]?.getThis?.())`,
  ),
  attempt(
    'vm2 CVE-2022-36067: an Error of its own with prepareStackTrace',
    `const E = Error; globalThis.Error = { prepareStackTrace: (e, f) => f }; const { stack } = new E(); walk(stack)`,
  ),
  attempt(
    'vm2 CVE-2022-25893: WeakMap.prototype.set replaced',
    `let got; const { set } = WeakMap.prototype; WeakMap.prototype.set = function (k, v) { got = [k, v]; return set.call(this, k, v) }; console.log({}); new Promise(() => {}); walk(got)`,
  ),
  attempt(
    'vm2 CVE-2023-29017: prepareStackTrace in an async error',
    `Error.prepareStackTrace = (e, f) => f; let r = false; try { await (async () => { null.x })() } catch (error) { r = walk(error.stack) || walk(error) } r`,
  ),
  attempt(
    'vm2 CVE-2023-29199: an error in the handler of an error',
    `let r = false; try { throw new Proxy({}, { get() { throw new RangeError() }, getPrototypeOf() { throw new TypeError() } }) } catch (a) { try { a.x } catch (b) { r = walk(b) } } r`,
  ),
  attempt(
    'vm2 CVE-2023-30547: a proxy that throws a proxy from getPrototypeOf',
    `const p = new Proxy({}, { getPrototypeOf() { throw { get constructor() { return Function } } } }); let r = false; try { Object.getPrototypeOf(p) } catch (e) { r = walk(e) } r`,
  ),
  attempt('vm2 CVE-2023-32314: Function through a proxy of the host', `walk(new Proxy(console.log, { get: (t, k) => Reflect.get(t, k) }))`),
  attempt(
    'vm2 CVE-2023-37466: a promise handler by species',
    `class P extends Promise { static get [Symbol.species]() { return function (f) { f(walk, walk) } } }; let got; const p = P.resolve(1); try { p.then((x) => x) } catch (e) { got = e } walk(got)`,
  ),
  attempt(
    'vm2 CVE-2023-37903: a custom inspect function',
    `let args; console.log({ [Symbol.for('nodejs.util.inspect.custom')]: (...a) => { args = a }, toJSON(...a) { args = a; return 1 } }); walk(args)`,
  ),
  attempt(
    'vm2 CVE-2026-22709: then of the promise of an async function',
    `let got; const { then } = Promise.prototype; Promise.prototype.then = function (...a) { got = a; return then.apply(this, a) }; await (async () => 1)(); walk(got)`,
  ),
  attempt(
    'vm2 GHSA-qvjj-29qf-hp7p: Promise species',
    `Promise[Symbol.species]; Object.defineProperty(Promise, Symbol.species, { get: () => function (executor) { executor(() => {}, () => {}) } }); let r = false; try { r = walk(await Promise.resolve(1).finally(() => 2)) } catch (e) { r = walk(e) } r`,
  ),
  attempt(
    'vm2 GHSA-55hx-c926-fr95: a SuppressedError',
    `let got; try { using a = { [Symbol.dispose]() { throw new Error('a') } }; throw new Error('b') } catch (e) { got = e } walk(got) || walk(got.suppressed) || walk(got.error)`,
  ),
  attempt(
    'vm2 GHSA-grj5-jjm8-h35p: __lookupGetter__',
    `walk(Object.prototype.__lookupGetter__.call(Object.prototype, '__proto__')) || walk(console.__lookupGetter__) || reached(Object.prototype.__lookupGetter__.constructor)`,
  ),
  attempt(
    'vm2 GHSA-v37h-5mfm-c47c: inspect of an error',
    `let got; const e = new Error('x'); e.toString = function (...a) { got = [this, ...a]; return 'x' }; Object.defineProperty(e, 'name', { get() { got = this; return 'N' } }); console.error(e); walk(got)`,
  ),
  attempt('vm2 GHSA-ffh4-j6h5-pg66: exceptions of WebAssembly', `typeof WebAssembly !== 'undefined' && walk(WebAssembly)`, 'absent'),
  attempt(
    'vm2 CVE-2026-44000: an object of the host from a promise',
    `walk(await Promise.all([Promise.resolve(console), import('x').catch((e) => e)]))`,
  ),
  attempt(
    'vm2 CVE-2026-44006: structures below the bridge',
    `walk(Object.getOwnPropertyDescriptors(console)) || walk(Reflect.getPrototypeOf(console.log))`,
  ),
  attempt('vm2 CVE-2026-44007: a sandbox inside the sandbox', `typeof require === 'function' && walk(require('vm2'))`, 'absent'),
  attempt(
    'vm2 CVE-2026-44008: a getter on the prototype of arrays',
    `let got = []; for (const k of [0, 1, 'length', 'map', 'push']) { try { Object.defineProperty(Array.prototype, k, { get() { got = this; return undefined }, configurable: true }) } catch {} } try { console.log(1, 2) } catch {} const r = walk(got); r`,
  ),
  attempt(
    'vm2 CVE-2026-45411: the return of an async generator',
    `let r = false; async function* g() { try { yield* { [Symbol.asyncIterator]: () => ({ next: () => ({ value: 1 }), return: () => ({ then() { throw new Error() } }) }) } } catch (e) { r = walk(e) } } const i = g(); await i.next(); try { await i.return({ get then() { throw new RangeError() } }) } catch (e) { r ||= walk(e) } r`,
  ),
  attempt(
    'vm2 CVE-2026-47140: builtin modules that a list forgot',
    `['process', 'inspector/promises', 'module'].some((m) => { try { return walk(require(m)) } catch { return false } })`,
    'absent',
  ),
  attempt(
    'vm2 issue 562: a symbol as the name of an error',
    `const e = new Error(); e.name = Symbol(); let r = false; try { r = walk(e.stack) } catch (x) { r = walk(x) } r`,
  ),
  attempt(
    'vm2 issue 562: species of an array returns itself',
    `const a = [1, 2]; a.constructor = { [Symbol.species]: function () { return a } }; walk(a.map((x) => x)) || walk(a.concat([console]))`,
  ),
  attempt('vm2 issue 533: Symbol.for with a text made later', `walk(Symbol.for({ toString: () => 'nodejs.util.inspect.custom' }))`),
]

/** Constructors, prototypes, globals. */
const realm: readonly Attack[] = [
  attempt(
    'constructor of a constructor',
    `reached([].constructor.constructor) || reached((() => {}).constructor) || (await Object.getPrototypeOf(async () => {}).constructor('return typeof process')()) !== 'undefined'`,
  ),
  attempt(
    'generator functions compile code',
    `Object.getPrototypeOf(function* () {}).constructor('return typeof process')().next().value !== 'undefined' || walk(Object.getPrototypeOf(async function* () {}).constructor)`,
  ),
  attempt('indirect eval', `(0, eval)('typeof process') !== 'undefined'`),
  attempt('this at the top, and of a sloppy function', `walk(this) || walk(Function('return this')())`),
  attempt('everything that the globals lead to', `walk(globalThis)`),
  attempt('everything that the console leads to', `walk(console) || walk(console.log.constructor)`),
  attempt(
    'a polluted prototype changes the host',
    `Object.prototype.canaryOfTheHost = 1; Array.prototype.push = () => { throw 1 }; JSON.stringify = () => 'x'; String.prototype.slice = () => 'x'; false`,
  ),
  attempt('__proto__ as an own key of the value', `JSON.parse('{"__proto__": {"escaped": true}, "a": 1}')`),
  attempt('the function of the host by its name', `typeof host !== 'undefined' || typeof globalThis.host !== 'undefined'`, 'absent'),
  attempt(
    'arguments.callee.caller',
    `let r = false; console.log({ toJSON() { try { r = walk(Function('return arguments.callee.caller')()) } catch { r = false } return 1 } }); r`,
  ),
  attempt(
    'the caller of a toJSON',
    `let r = false; console.log({ toJSON: Function('try { return String(arguments.callee.caller) } catch { return "" }') }); r`,
  ),
  attempt(
    'apply and call replaced',
    `let got = []; Function.prototype.apply = Function.prototype.call = function (...a) { got.push(this, a) }; console.log('x'); walk(got)`,
  ),
  attempt(
    'Reflect and JSON replaced',
    `let got = []; Reflect.apply = (...a) => { got.push(a) }; JSON.parse = (...a) => { got.push(a); return { ok: true } }; console.log('x'); walk(got)`,
  ),
  attempt(
    'a then on Object.prototype',
    `let got; Object.defineProperty(Object.prototype, 'then', { get() { got = this; return undefined }, configurable: true }); console.log({}); const r = walk(got); delete Object.prototype.then; r`,
  ),
  attempt(
    'a proxy as the value',
    `new Proxy({}, { get: (t, k) => (k === 'toJSON' ? undefined : 1), ownKeys: () => ['a'], getOwnPropertyDescriptor: () => ({ value: true, enumerable: true, configurable: true }) })`,
  ),
  attempt('a proxy whose traps throw as the error', `throw new Proxy(new Error('x'), { get() { throw new Error('trap') } })`),
  attempt(
    'timers and messages',
    `[typeof setTimeout, typeof setInterval, typeof MessageChannel, typeof Worker, typeof queueMicrotask, typeof importScripts].every((t) => t === 'undefined') ? false : true`,
    'absent',
  ),
  attempt(
    'network',
    `[typeof fetch, typeof XMLHttpRequest, typeof WebSocket, typeof EventSource, typeof navigator, typeof Request].every((t) => t === 'undefined') ? false : true`,
    'absent',
  ),
  attempt(
    'the environment',
    `[typeof process, typeof Deno, typeof Bun, typeof require, typeof module, typeof std, typeof os, typeof scriptArgs].every((t) => t === 'undefined') ? false : true`,
    'absent',
  ),
  attempt(
    'shared memory and a high-resolution clock',
    `[typeof SharedArrayBuffer, typeof Atomics, typeof performance].every((t) => t === 'undefined') ? false : true`,
    'absent',
  ),
  attempt(
    'bytecode and snapshots',
    `[typeof bjson, typeof __loadScript, typeof gc, typeof print].every((t) => t === 'undefined') ? false : true`,
    'absent',
  ),
  attempt(
    'a clock that moves',
    `const start = Date.now(); let n = 0; for (let i = 0; i < 200000; i += 1) n += i; new Date().getTime() !== start`,
  ),
]

/** Races of promises, and code mode: a program that answers or repeats calls of its own. */
const races: readonly Attack[] = [
  attempt(
    'code mode: tools of the prototype',
    `typeof tools !== 'undefined' && (tools.constructor || tools.__proto__ || tools.toString)`,
    'absent',
  ),
  attempt(
    'async race: a getter that changes between two reads',
    `let n = 0; const value = { get a() { n += 1; return n > 1 ? walk(this) : false } }; console.log(value); false`,
  ),
  attempt(
    'async race: a thenable as the value resolves twice',
    `({ then(resolve, reject) { resolve(false); resolve(walk(resolve)); reject(walk(reject)) } })`,
  ),
  attempt(
    'async race: the value ends the program twice',
    `const p = Promise.resolve(false); p.then = function (a, b) { a(false); a(true); b(new Error('x')) }; p`,
  ),
  attempt('async race: an unhandled rejection', `Promise.reject(new Proxy({}, { get() { throw 1 } })); false`),
  attempt(
    'sebastianwessel/quickjs 99: lengths that change while they are copied',
    `const a = new Uint8Array(64); const e = []; for (const make of [() => new Uint8Array({ length: 2 ** 31 }), () => a.subarray(0, { valueOf() { a.buffer.transfer?.(0); return 64 } }).fill(1), () => [].concat(new Proxy([], { get: (t, k) => (k === 'length' ? 2 ** 53 : undefined) })), () => a.set({ length: 70, 0: 1 })]) { try { make() } catch (x) { e.push(x) } } walk(e)`,
  ),
  attempt(
    'quickjs-ng PR 1299, 1306: typed arrays over a buffer that shrinks',
    `const b = new ArrayBuffer(1024, { maxByteLength: 4096 }); const u = new Uint32Array(b); let r = false; try { u.sort(() => { b.resize(0); return 0 }); new BigInt64Array(b, { valueOf() { b.resize(8); return 0 } }); u.fill(7, { valueOf() { b.resize(4); return 0 } }) } catch (e) { r = walk(e) } r || u.length > 2048`,
  ),
]

/** Programs that use something up quickly. */
export const quickExhaustions: readonly Attack[] = [
  { name: 'an endless loop', code: 'while (true) {}', stoppedBy: 'ticks' },
  {
    name: 'an endless loop that catches its end',
    code: 'for (;;) { try { while (true) {} } catch {} finally { while (true) {} } }',
    stoppedBy: 'ticks',
  },
  { name: 'an endless loop in a getter of the value', code: '({ get a() { for (;;) {} } })', stoppedBy: 'ticks' },
  { name: 'an endless loop in toJSON', code: 'console.log({ toJSON() { for (;;) {} } })', stoppedBy: 'ticks' },
  { name: 'an endless generator', code: '[...(function* () { for (;;) yield })()]', stoppedBy: 'memory' },
  { name: 'a memory bomb of arrays', code: 'const a = []; for (;;) a.push(new Uint8Array(1e6))', stoppedBy: 'memory' },
  { name: 'a string bomb', code: 'let s = "x"; for (;;) s += s + Math.random()', stoppedBy: 'memory' },
  { name: 'promises that make promises', code: 'const f = () => Promise.resolve().then(f); await f()', stoppedBy: 'memory' },
  { name: 'a bomb of symbols', code: 'const a = []; for (;;) a.push(Symbol("x".repeat(1000) + a.length))', stoppedBy: 'memory' },
  {
    name: 'a memory bomb that catches its end',
    code: 'const a = []; for (;;) { try { a.push("x".repeat(1e6) + a.length) } catch { a.push(1) } }',
    stoppedBy: 'memory',
  },
  { name: 'an endless recursion', code: 'const f = () => f(); f()', stoppedBy: 'stack' },
  { name: 'a recursion of proxies', code: 'let p = {}; for (let i = 0; i < 1e4; i += 1) p = new Proxy(p, {}); p.a', stoppedBy: 'stack' },
  { name: 'a recursion of toString', code: 'const o = { toString() { return this + "" } }; o + ""', stoppedBy: 'stack' },
  { name: 'deeply nested JSON', code: 'JSON.parse("[".repeat(1e5))', stoppedBy: 'stack' },
  { name: 'deeply nested code', code: `eval("(".repeat(1e5))`, stoppedBy: 'stack' },
  { name: 'a deeply nested pattern', code: 'new RegExp("(?:".repeat(1e5))', stoppedBy: 'stack' },
  { name: 'a flood of lines', code: 'for (;;) console.log("x".repeat(1000))', stoppedBy: 'output' },
  { name: 'a flood of empty lines that catches its end', code: 'for (;;) { try { console.log() } catch {} }', stoppedBy: 'host_calls' },
  { name: 'one long line', code: 'console.log("x".repeat(1e6))', stoppedBy: 'output' },
  { name: 'a long value', code: '"x".repeat(1e6)', stoppedBy: 'output' },
  {
    name: 'a long error',
    code: 'const e = new Error("x".repeat(1e6)); e.stack = "y".repeat(1e6); for (;;) console.log(e)',
    stoppedBy: 'output',
  },
]

/** Builtins that do not check for interrupts, and what else only fuel ends. Each takes seconds. */
export const slowExhaustions: readonly Attack[] = [
  {
    name: 'a JSON bomb',
    code: 'let o = {}; for (let i = 0; i < 22; i += 1) o = { a: o, b: o }; JSON.stringify(o).length',
    stoppedBy: 'fuel',
  },
  { name: 'indexOf of a long text', code: `'a'.repeat(2e5).indexOf('a'.repeat(1e5) + 'b')`, stoppedBy: 'fuel' },
  { name: 'replaceAll of a long text', code: `'a'.repeat(2e5).replaceAll('a'.repeat(1e5) + 'b', 'c')`, stoppedBy: 'fuel' },
  { name: 'an array of holes as a text', code: `new Array(1e9) + ''`, stoppedBy: 'fuel' },
  { name: 'products of large integers', code: 'const b = 1n << 500000n; for (;;) b * b', stoppedBy: 'fuel' },
  { name: 'the text of a large integer', code: 'for (;;) (1n << 900000n).toString()', stoppedBy: 'fuel' },
  { name: 'fill of typed arrays', code: 'const a = new Float64Array(1e6); for (;;) a.fill(1)', stoppedBy: 'fuel' },
  { name: 'copies inside a typed array', code: 'const a = new Uint8Array(8e6); for (;;) a.copyWithin(1, 0)', stoppedBy: 'fuel' },
  { name: 'an endless loop of awaits', code: 'for (;;) await 1', stoppedBy: 'fuel' },
  { name: 'a pattern with catastrophic backtracking', code: `/(a+)+$/.test('a'.repeat(40) + 'b')`, stoppedBy: 'ticks' },
  { name: 'a pattern of nested groups', code: `/^(([a-z])+.)+[A-Z]([a-z])+$/.test('a'.repeat(60))`, stoppedBy: 'fuel' },
  {
    name: 'a sort that never agrees',
    code: 'const a = Array.from({ length: 3e4 }, (_, i) => i); for (;;) a.sort(() => Math.random() - 0.5)',
    stoppedBy: 'fuel',
  },
]

export const escapes: readonly Attack[] = [...vm2, ...realm, ...races]
