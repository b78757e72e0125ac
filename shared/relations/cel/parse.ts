/** Parses the Common Expression Language, as far as conditions need it. Pure. Length and depth are bounded. */

/** A mistake in an expression, or a value that it cannot use. */
export class CelError extends Error {}

/** The value of a literal. `uint`: an unsigned integer. */
export type Literal = bigint | number | string | boolean | null | { readonly uint: bigint }

/** A node of the syntax tree. */
export type Node =
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'select'; readonly operand: Node; readonly field: string }
  /** `has(of.field)` */
  | { readonly kind: 'has'; readonly operand: Node; readonly field: string }
  /** Functions and operators. A method's object is its first argument. */
  | { readonly kind: 'call'; readonly name: string; readonly isMethod: boolean; readonly args: readonly Node[] }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Node, Node])[] }
  /** `over.macro(variable, …)`. `test` is the middle argument of a `map` with three. */
  | {
      readonly kind: 'comprehension'
      readonly macro: Macro
      readonly collection: Node
      readonly variable: string
      readonly test: Node | null
      readonly body: Node
    }

const macros = ['all', 'exists', 'exists_one', 'map', 'filter'] as const

/** A macro over the elements of a collection. */
export type Macro = (typeof macros)[number]

const maxUnits = 4_096
const maxDepth = 32

const lexeme = new RegExp(
  [
    /(?<space>\s+|\/\/[^\n]*)/,
    /(?<double>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/,
    /(?<int>(?:0[xX][0-9a-fA-F]+|\d+)[uU]?)/,
    /(?<text>[rR]?(?:"""[\s\S]*?"""|'''[\s\S]*?''')|[rR](?:"[^"\r\n]*"|'[^'\r\n]*')|"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*')/,
    /(?<name>[A-Za-z_]\w*)/,
    /(?<mark>&&|\|\||[=!<>]=|[-+*/%!<>?:.,()[\]{}])/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'y',
)

interface Token {
  readonly kind: 'double' | 'int' | 'text' | 'name' | 'mark' | 'end'
  readonly text: string
  readonly at: number
}

const kinds = ['double', 'int', 'text', 'name', 'mark'] as const

function tokenize(source: string): Token[] {
  const result: Token[] = []
  for (let position = 0; position < source.length; position = lexeme.lastIndex) {
    lexeme.lastIndex = position
    const groups = lexeme.exec(source)?.groups
    if (!groups) throw new CelError(`unexpected ${JSON.stringify(source[position])} at ${position + 1}`)
    const kind = kinds.find((name) => groups[name] !== undefined)
    if (kind) result.push({ kind, text: groups[kind] ?? '', at: position })
  }
  result.push({ kind: 'end', text: 'the end', at: source.length })
  return result
}

const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** The value of a string literal. */
function unquote(token: string): string {
  const isRaw = /^[rR]/.test(token)
  const quoted = isRaw ? token.slice(1) : token
  const width = /^("""|''')/.test(quoted) ? 3 : 1
  const inner = quoted.slice(width, -width)
  if (isRaw) return inner
  return inner.replace(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[xX]([0-9a-fA-F]{2})|([0-3][0-7]{2})|(.))/gs,
    (_all, u, long, x, octal, character) => {
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
      if (character === undefined) {
        const code = Number.parseInt(u ?? long ?? x, 16)
        if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw new CelError('a string escape names no character')
        return String.fromCodePoint(code)
      }
      if (!/[abfnrtv"'\\?`]/.test(character)) throw new CelError(`\\${character} is not an escape`)
      return escapes[character] ?? character
    },
  )
}

/** Binary operators by precedence, lowest first. */
const levels = [['||'], ['&&'], ['<', '<=', '>=', '>', '==', '!=', 'in'], ['+', '-'], ['*', '/', '%']] as const

const maxInt = 2n ** 63n - 1n
const maxUint = 2n ** 64n - 1n

class Parser {
  readonly #tokens: readonly Token[]
  #index = 0
  #depth = 0

  constructor(source: string) {
    this.#tokens = tokenize(source)
  }

  get #next(): Token {
    return this.#tokens[this.#index] ?? { kind: 'end', text: 'the end', at: 0 }
  }

  #take(): Token {
    const token = this.#next
    this.#index += 1
    return token
  }

  #is(text: string): boolean {
    return this.#next.text === text && (this.#next.kind === 'mark' || this.#next.kind === 'name')
  }

  #skip(text: string): boolean {
    const matches = this.#is(text)
    if (matches) this.#index += 1
    return matches
  }

  #expect(text: string): void {
    if (!this.#skip(text)) throw new CelError(`expected '${text}' at ${this.#next.at + 1}, found '${this.#next.text}'`)
  }

  parse(): Node {
    const node = this.#expression()
    if (this.#next.kind !== 'end') throw new CelError(`unexpected '${this.#next.text}' at ${this.#next.at + 1}`)
    return node
  }

  #expression(): Node {
    this.#depth += 1
    if (this.#depth > maxDepth) throw new CelError(`expressions may be nested ${maxDepth} deep`)
    const test = this.#binary(0)
    let node = test
    if (this.#skip('?')) {
      const yes = this.#binary(0)
      this.#expect(':')
      node = call('?:', [test, yes, this.#expression()])
    }
    this.#depth -= 1
    return node
  }

  #binary(level: number): Node {
    const operators: readonly string[] | undefined = levels[level]
    if (!operators) return this.#unary()
    let left = this.#binary(level + 1)
    for (let count = 0; operators.some((operator) => this.#is(operator)); count += 1) {
      if (count > maxDepth * 4) throw new CelError('too many operators in a row')
      left = call(this.#take().text, [left, this.#binary(level + 1)])
    }
    return left
  }

  #unary(): Node {
    for (const operator of ['!', '-']) {
      if (!this.#is(operator)) continue
      let times = 0
      while (this.#skip(operator)) times += 1
      if (times > maxDepth) throw new CelError(`too many ${operator} in a row`)
      // -9223372036854775808 is an int; 9223372036854775808 is not.
      const isNegativeLiteral = operator === '-' && this.#next.kind === 'int' && !/u$/i.test(this.#next.text)
      let node = this.#member(isNegativeLiteral)
      for (let count = isNegativeLiteral ? 1 : 0; count < times; count += 1) node = call(`${operator}_`, [node])
      return node
    }
    return this.#member(false)
  }

  #member(isNegative: boolean): Node {
    let node = this.#primary(isNegative)
    for (let count = 0; count < maxDepth * 4; count += 1) {
      if (this.#skip('[')) {
        node = call('[]', [node, this.#expression()])
        this.#expect(']')
      } else if (this.#skip('.')) {
        const field = this.#name()
        node = this.#skip('(') ? this.#method(node, field) : { kind: 'select', operand: node, field }
      } else return node
    }
    throw new CelError('too many steps in a row')
  }

  #name(): string {
    if (this.#next.kind !== 'name') throw new CelError(`expected a name at ${this.#next.at + 1}, found '${this.#next.text}'`)
    return this.#take().text
  }

  #arguments(): Node[] {
    const args: Node[] = []
    if (this.#skip(')')) return args
    do args.push(this.#expression())
    while (this.#skip(','))
    this.#expect(')')
    return args
  }

  #method(target: Node, name: string): Node {
    const args = this.#arguments()
    const macro = macros.find((macroName) => macroName === name)
    const [variable, second, third] = args
    if (!macro || variable?.kind !== 'name' || !second || args.length > (macro === 'map' ? 3 : 2)) {
      return { kind: 'call', name, isMethod: true, args: [target, ...args] }
    }
    return { kind: 'comprehension', macro, collection: target, variable: variable.name, test: third ? second : null, body: third ?? second }
  }

  #primary(isNegative: boolean): Node {
    const token = this.#take()
    switch (token.kind) {
      case 'int':
        return { kind: 'literal', value: integer(token.text, isNegative) }
      case 'double':
        return { kind: 'literal', value: double(token.text) }
      case 'text':
        return { kind: 'literal', value: unquote(token.text) }
      case 'name':
        return this.#nameOrCall(token.text)
      case 'mark':
        if (token.text === '(') {
          const node = this.#expression()
          this.#expect(')')
          return node
        }
        if (token.text === '[') return { kind: 'list', items: this.#items(']') }
        if (token.text === '{') return { kind: 'map', entries: this.#entries() }
    }
    throw new CelError(`unexpected '${token.text}' at ${token.at + 1}`)
  }

  #nameOrCall(name: string): Node {
    if (name === 'true' || name === 'false') return { kind: 'literal', value: name === 'true' }
    if (name === 'null') return { kind: 'literal', value: null }
    if (name === 'in') throw new CelError("'in' needs a left operand")
    if (!this.#skip('(')) return { kind: 'name', name }
    const args = this.#arguments()
    if (name !== 'has') return call(name, args)
    const [argument] = args
    if (argument?.kind !== 'select' || args.length !== 1) throw new CelError('has() takes one field, such as has(a.b)')
    return { kind: 'has', operand: argument.operand, field: argument.field }
  }

  #items(end: string): Node[] {
    const items: Node[] = []
    while (!this.#skip(end)) {
      items.push(this.#expression())
      if (!this.#is(end)) this.#expect(',')
    }
    return items
  }

  #entries(): [Node, Node][] {
    const entries: [Node, Node][] = []
    while (!this.#skip('}')) {
      const key = this.#expression()
      this.#expect(':')
      entries.push([key, this.#expression()])
      if (!this.#is('}')) this.#expect(',')
    }
    return entries
  }
}

const call = (name: string, args: readonly Node[]): Node => ({ kind: 'call', name, isMethod: false, args })

function double(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value)) throw new CelError(`${text} is too large`)
  return value
}

function integer(text: string, isNegative: boolean): Literal {
  if (/u$/i.test(text)) {
    const uint = BigInt(text.slice(0, -1))
    if (uint > maxUint) throw new CelError(`${text} is too large`)
    return { uint }
  }
  const value = isNegative ? -BigInt(text) : BigInt(text)
  if (value > maxInt || value < -maxInt - 1n) throw new CelError(`${text} is too large`)
  return value
}

/** The syntax tree of `source`. Throws `CelError` with the mistake. */
export function parseCel(source: string): Node {
  if (source.length > maxUnits) throw new CelError(`an expression may have at most ${maxUnits} characters`)
  return new Parser(source).parse()
}
