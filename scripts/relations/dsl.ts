/**
 * Parses OpenFGA's modelling language to the JSON of its API. Errors name the position and what was expected. Combine models of several
 * modules (`module`, `extend type`) with OpenFGA's own tools first.
 */

import type { ModelFailure } from '../../shared/relations/failure.ts'
import type { ConditionJson, ModelJson, ParameterJson, RestrictionJson, UsersetJson } from '../../shared/relations/model-json.ts'
import { fail, ok, type Result } from '../../shared/result.ts'

interface Token {
  readonly kind: 'name' | 'mark' | 'version' | 'line' | 'end'
  readonly text: string
  readonly line: number
  readonly column: number
  /** Offset in the source. */
  readonly offset: number
}

class SyntaxFault extends Error {
  readonly token: Pick<Token, 'line' | 'column'>
  constructor(token: Pick<Token, 'line' | 'column'>, detail: string) {
    super(detail)
    this.token = token
  }
}

/** OpenFGA's limit on a model, here in UTF-16 units. */
const maxUnits = 262_144

const maxDepth = 64

/** Reserved words: not allowed as names of types, relations and conditions. */
const reserved = new Set(['and', 'or', 'from', 'with', 'define', 'relations', 'condition', 'in', 'true', 'false', 'null'])

const lexeme =
  /(?<space>[ \t\f]+)|(?<line>\r\n|\r|\n)|(?<version>\d+\.\d+)|(?<name>[A-Za-z_](?:[A-Za-z0-9_-]|[/.](?=[A-Za-z0-9_]))*)|(?<mark>[:,#*[\](){}<>])/y

/** A comment is a line that starts with `#`, or the text after ` #`. `group#member` is not a comment. */
const withoutComment = (line: string): string => (/^\s*#/.test(line) ? '' : line.replace(/\s#.*$/, ''))

const parameterTypes = ['bool', 'string', 'int', 'uint', 'double', 'duration', 'timestamp', 'ipaddress']
const containers = ['map', 'list']

const maxNameUnits = { type: 254, relation: 50 }

class Parser {
  readonly #source: string
  #line = 1
  #lineOffset = 0
  #position = 0
  #next: Token

  constructor(source: string) {
    this.#source = source.split('\n').map(withoutComment).join('\n')
    this.#next = this.#read()
  }

  #read(): Token {
    const position = { line: this.#line, column: this.#position - this.#lineOffset + 1, offset: this.#position }
    if (this.#position >= this.#source.length) return { kind: 'end', text: 'the end', ...position }
    lexeme.lastIndex = this.#position
    const groups = lexeme.exec(this.#source)?.groups
    if (!groups) throw new SyntaxFault(position, `unexpected ${JSON.stringify(this.#source.slice(this.#position, this.#position + 1))}`)
    this.#position = lexeme.lastIndex
    if (groups.space !== undefined) return this.#read()
    if (groups.line !== undefined) {
      this.#line += 1
      this.#lineOffset = this.#position
      return { kind: 'line', text: 'a line break', ...position }
    }
    const kind = groups.version !== undefined ? 'version' : groups.name !== undefined ? 'name' : 'mark'
    return { kind, text: groups[kind] ?? '', ...position }
  }

  #advance(): Token {
    const token = this.#next
    this.#next = this.#read()
    return token
  }

  #expected(what: string, token = this.#next): never {
    throw new SyntaxFault(
      token,
      `expected ${what}, found ${token.kind === 'line' || token.kind === 'end' ? token.text : `'${token.text}'`}`,
    )
  }

  #is(text: string): boolean {
    return this.#next.text === text && (this.#next.kind === 'name' || this.#next.kind === 'mark')
  }

  #expect(text: string): Token {
    return this.#is(text) ? this.#advance() : this.#expected(`'${text}'`)
  }

  #skipLines(): void {
    while (this.#next.kind === 'line') this.#advance()
  }

  #endLine(): void {
    if (this.#next.kind !== 'line' && this.#next.kind !== 'end') this.#expected('a line break')
    this.#skipLines()
  }

  #name(what: string, max = maxNameUnits.type): string {
    if (this.#next.kind !== 'name' || reserved.has(this.#next.text)) this.#expected(what)
    const token = this.#advance()
    if (token.text.length > max) throw new SyntaxFault(token, `${what} may have at most ${max} characters`)
    return token.text
  }

  model(): ModelJson {
    this.#skipLines()
    if (this.#is('module')) throw new SyntaxFault(this.#next, 'modules must be combined into one model first')
    this.#expect('model')
    this.#endLine()
    this.#expect('schema')
    const version = this.#advance()
    if (version.kind !== 'version') this.#expected('a schema version, such as 1.1', version)
    this.#endLine()
    const type_definitions: ModelJson['type_definitions'][number][] = []
    const conditions = new Map<string, ConditionJson>()
    for (; this.#next.kind !== 'end'; this.#endLine()) {
      const token = this.#next
      if (this.#is('extend')) throw new SyntaxFault(token, 'modules must be combined into one model first')
      if (this.#is('type') && conditions.size === 0) type_definitions.push(this.#type(type_definitions))
      else if (this.#is('condition')) {
        const condition = this.#condition()
        if (conditions.has(condition.name)) throw new SyntaxFault(token, `condition '${condition.name}' is already defined`)
        conditions.set(condition.name, condition)
      } else this.#expected(conditions.size === 0 ? "'type' or 'condition'" : "'condition'")
    }
    return {
      schema_version: version.text,
      type_definitions,
      ...(conditions.size > 0 ? { conditions: Object.fromEntries(conditions) } : {}),
    }
  }

  #type(defined: ModelJson['type_definitions']): ModelJson['type_definitions'][number] {
    this.#expect('type')
    const nameToken = this.#next
    const type = this.#name("a type's name")
    if (defined.some((other) => other.type === type)) throw new SyntaxFault(nameToken, `type '${type}' is already defined`)
    const relations = new Map<string, UsersetJson>()
    const metadata = new Map<string, { directly_related_user_types: RestrictionJson[] }>()
    if (this.#skipLinesTo('relations')) {
      this.#advance()
      if (!this.#skipLinesTo('define')) this.#expected("'define' on a separate line")
      do {
        this.#advance()
        const token = this.#next
        const name = this.#name("a relation's name", maxNameUnits.relation)
        if (relations.has(name)) throw new SyntaxFault(token, `'${name}' is already defined in '${type}'`)
        this.#expect(':')
        const directly_related_user_types: RestrictionJson[] = []
        relations.set(name, this.#relation(directly_related_user_types, true, 0))
        metadata.set(name, { directly_related_user_types })
      } while (this.#skipLinesTo('define'))
    }
    return {
      type,
      relations: Object.fromEntries(relations),
      metadata: metadata.size > 0 ? { relations: Object.fromEntries(metadata) } : null,
    }
  }

  /** Whether the next non-empty line starts with `keyword`. If so, moves there. */
  #skipLinesTo(keyword: string): boolean {
    if (this.#next.kind !== 'line') return false
    const saved = [this.#position, this.#line, this.#lineOffset, this.#next] as const
    this.#skipLines()
    if (this.#is(keyword)) return true
    ;[this.#position, this.#line, this.#lineOffset, this.#next] = saved
    return false
  }

  /** `allowsDirect`: whether `[user]` is allowed here. It must come first, so a relation has at most one. */
  #relation(restrictions: RestrictionJson[], allowsDirect: boolean, depth: number): UsersetJson {
    const first = this.#operand(restrictions, allowsDirect, depth)
    const operator = this.#next.text
    if (this.#is('but')) {
      this.#advance()
      this.#expect('not')
      return { difference: { base: first, subtract: this.#operand(restrictions, false, depth) } }
    }
    if (!this.#is('or') && !this.#is('and')) return first
    const child = [first]
    while (this.#is(operator)) {
      this.#advance()
      child.push(this.#operand(restrictions, false, depth))
    }
    if (this.#is('or') || this.#is('and') || this.#is('but')) {
      throw new SyntaxFault(this.#next, `use parentheses to mix '${operator}' and '${this.#is('but') ? 'but not' : this.#next.text}'`)
    }
    return operator === 'or' ? { union: { child } } : { intersection: { child } }
  }

  #operand(restrictions: RestrictionJson[], allowsDirect: boolean, depth: number): UsersetJson {
    if (depth > maxDepth) throw new SyntaxFault(this.#next, `parentheses may be nested ${maxDepth} deep`)
    if (this.#is('(')) {
      this.#advance()
      const inner = this.#relation(restrictions, allowsDirect, depth + 1)
      this.#expect(')')
      return inner
    }
    if (this.#is('[')) {
      if (!allowsDirect) throw new SyntaxFault(this.#next, 'direct types must come first in a relation')
      this.#restrictions(restrictions)
      return { this: {} }
    }
    const relation = this.#name(allowsDirect ? "a relation, '[' or '('" : "a relation or '('")
    if (!this.#is('from')) return { computedUserset: { relation } }
    this.#advance()
    return { tupleToUserset: { computedUserset: { relation }, tupleset: { relation: this.#name('a relation') } } }
  }

  #restrictions(into: RestrictionJson[]): void {
    this.#expect('[')
    do {
      if (into.length > 0) this.#expect(',')
      this.#skipLines()
      into.push(this.#restriction())
      this.#skipLines()
    } while (this.#is(','))
    this.#expect(']')
  }

  #restriction(): RestrictionJson {
    const type = this.#name('a type')
    let userset: Pick<RestrictionJson, 'relation' | 'wildcard'> = {}
    if (this.#is('#')) {
      this.#advance()
      userset = { relation: this.#name('a relation') }
    } else if (this.#is(':')) {
      this.#advance()
      this.#expect('*')
      userset = { wildcard: {} }
    }
    if (!this.#is('with')) return { type, ...userset }
    this.#advance()
    return { type, ...userset, condition: this.#name('a condition') }
  }

  #condition(): ConditionJson {
    this.#expect('condition')
    const name = this.#name("a condition's name")
    const parameters = new Map<string, ParameterJson>()
    this.#expect('(')
    do {
      if (parameters.size > 0) this.#expect(',')
      this.#skipLines()
      const token = this.#next
      const parameter = this.#name("a parameter's name")
      if (parameters.has(parameter)) throw new SyntaxFault(token, `parameter '${parameter}' is already defined in condition '${name}'`)
      this.#expect(':')
      parameters.set(parameter, this.#parameter())
      this.#skipLines()
    } while (this.#is(','))
    this.#expect(')')
    return { name, expression: this.#expression(), parameters: Object.fromEntries(parameters) }
  }

  #parameter(): ParameterJson {
    const token = this.#next
    const type = this.#name("a parameter's type")
    const isContainer = containers.includes(type)
    if (!isContainer && !parameterTypes.includes(type)) this.#expected(`one of ${[...parameterTypes, ...containers].join(', ')}`, token)
    if (!isContainer) return { type_name: `TYPE_NAME_${type.toUpperCase()}` }
    this.#expect('<')
    if (!parameterTypes.includes(this.#next.text)) this.#expected(`one of ${parameterTypes.join(', ')}`)
    const generic_types = [this.#parameter()]
    this.#expect('>')
    return { type_name: `TYPE_NAME_${type.toUpperCase()}`, generic_types }
  }

  /** A CEL expression, unchanged, up to its closing brace. Nested braces pair up; those in strings do not count. */
  #expression(): string {
    if (!this.#is('{')) this.#expected("'{'")
    const start = this.#next.offset + 1
    const piece = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[{}]|[^"'{}]+|["']/gsy
    piece.lastIndex = start
    for (let openBraces = 1; ; ) {
      const found = piece.exec(this.#source)?.[0]
      if (found === undefined) throw new SyntaxFault(this.#next, 'the brace is not closed')
      openBraces += found === '{' ? 1 : found === '}' ? -1 : 0
      if (openBraces === 0) break
    }
    const expression = this.#source.slice(start, piece.lastIndex - 1)
    const breaks = [...expression.matchAll(/\r\n|\r|\n/g)]
    const last = breaks.at(-1)
    this.#line += breaks.length
    if (last) this.#lineOffset = start + last.index + last[0].length
    this.#position = piece.lastIndex
    this.#next = this.#read()
    return expression.trim()
  }
}

/** The model in `source` as JSON, or its first syntax error with line and column. */
export function parseDsl(source: string): Result<ModelJson, ModelFailure> {
  if (source.length > maxUnits) return fail({ detail: `a model may have at most ${maxUnits} characters` })
  try {
    return ok(new Parser(source).model())
  } catch (error) {
    if (error instanceof SyntaxFault) return fail({ detail: error.message, line: error.token.line, column: error.token.column })
    throw error
  }
}
