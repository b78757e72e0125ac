/**
 * The rules of strings in the web app. A text for users stands in `web/src/strings`, and is read when it is shown:
 * - No other file has a literal that users see.
 * - No module keeps a string, because modules load before the language does.
 * - A memoised component with strings calls `useLanguage`, because its parent does not render it again.
 *
 * The rules read the syntax tree of one file, so a test can plant a violation of each.
 */
import { parseSync } from 'vite'
import { exceptions } from './literal-exceptions.ts'

/** A node of an ESTree syntax tree. */
interface Node {
  readonly type: string
  readonly start: number
  readonly [key: string]: unknown
}

/** Attributes and properties with a text for users. The last word of a longer name counts: `confirmLabel`, `aria-label`. */
const textNames =
  /(?:^|[a-z-])(?:label|title|placeholder|alt|caption|description|hint|lead|detail|heading|message|notice|question|never|roledescription|valuetext|textcontent|innertext|text)$/i
/** Functions that show their first argument. */
const showing = /^(?:showToast|announce|withErrorToast|alert|confirm|prompt)$/
/** Calls with arguments that no user sees: errors for developers, the console, selectors, media queries, and elements by name. */
const technical =
  /^(?:Error|TypeError|RangeError|console|querySelector|querySelectorAll|closest|matches|matchMedia|getPropertyValue|createElement)$/

const letter = /\p{L}/u
/** Two words, or one that begins with a capital: no class, key or address looks like this. */
const prose = /\p{L}{2}[\p{L}’']*[,;:]?\s+\S|\s\p{L}{2}|^\p{Lu}\p{Ll}+[.!?…]?$/u

/** The name of a string, as in `label: 'lastHour'`. No word looks like this. */
const identifier = /^[a-z]+(?:[A-Z][a-z]+)+$/

/** Tags and attributes, also of a part of a template. Entities such as `&nbsp;`. */
const markup = /<[^>]*>?|[\w-]+="[^"]*"?|&\w+;/g

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value && 'start' in value
const childrenOf = (node: Node): Node[] => Object.values(node).flat().filter(isNode)
const asNode = (value: unknown): Node | undefined => (isNode(value) ? value : undefined)
/** The name of an identifier, a member's last part, a JSX name or a key. */
function nameOf(value: unknown): string {
  const node = asNode(value)
  if (node === undefined) return ''
  if (node.type === 'MemberExpression') return nameOf(node.property)
  return String(node.name ?? node.value ?? '')
}

/** Whether the text under a node reaches users, as far as its place shows. `none`: it surely does not. */
type Place = 'shown' | 'unknown' | 'none'
/** Nodes below a node, and their place. */
type Part = readonly [nodes: unknown, place: Place]

/** Each violation as one sentence with its line. `file`: a path from the project's root. */
export function literalViolations(file: string, source: string): string[] {
  const { program, errors } = parseSync(file, source)
  if (errors.length > 0) return [`${file} cannot be parsed`]
  const root = program as unknown as Node
  const allowed = new Set(exceptions.filter((each) => each.file === undefined || each.file === file).map(({ text }) => text))
  const isAllowed = (text: string): boolean => allowed.has(text.trim()) || allowed.has(text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, ''))
  const found = [
    ...textsOf(root, 'unknown')
      .filter(({ text }) => !isAllowed(text))
      .map(({ start, text }) => ({ start, why: `the text “${text.trim().slice(0, 60)}” must be in web/src/strings` })),
    ...keptStrings(root).map((start) => ({ start, why: 'a module must not keep a string: read it when it is shown' })),
    ...(keepsLanguage(source) ? [{ start: 0, why: 'a memoised component with strings must call useLanguage()' }] : []),
  ]
  return found.map(({ start, why }) => `${file}:${source.slice(0, start).split('\n').length} ${why}`)
}

interface Text {
  readonly start: number
  readonly text: string
}

/** The texts for users under a node. */
function textsOf(node: Node, place: Place): Text[] {
  if (node.type === 'JSXText') return visibleTexts(node, node.value, 'shown')
  if (node.type === 'Literal') return visibleTexts(node, node.value, place)
  if (node.type === 'TemplateElement') return visibleTexts(node, (node.value as { readonly cooked: unknown }).cooked, place)
  return partsOf(node, place).flatMap(([nodes, at]) =>
    [nodes]
      .flat()
      .filter(isNode)
      .flatMap((child) => textsOf(child, at)),
  )
}

function visibleTexts({ start }: Node, value: unknown, place: Place): Text[] {
  if (typeof value !== 'string' || place === 'none') return []
  const labels = [...value.matchAll(/\baria-label="([^"]*)/g)].map(([, label = '']) => label).filter((label) => letter.test(label))
  const rest = value.replace(markup, ' ')
  const isVisible = place === 'shown' ? letter.test(rest) && !identifier.test(rest) : prose.test(rest)
  return [...labels, ...(isVisible ? [rest] : [])].map((text) => ({ start, text }))
}

/** What is under a node, in order. Types and imports have no texts. */
function partsOf(node: Node, place: Place): Part[] {
  switch (node.type) {
    case 'TemplateLiteral':
      return [
        [node.quasis, place],
        [node.expressions, place],
      ]
    case 'JSXElement':
    case 'JSXFragment':
      return [
        [node.openingElement, 'unknown'],
        [node.children, 'shown'],
      ]
    case 'JSXAttribute':
      return [[node.value, attributePlace(node)]]
    case 'Property':
    case 'PropertyDefinition':
      return [[node.value, place !== 'none' && isTextName(node.key) ? 'shown' : unlessShown(place)]]
    case 'VariableDeclarator':
      return [[node.init, isTextName(node.id) ? 'shown' : 'unknown']]
    case 'AssignmentPattern':
    case 'AssignmentExpression':
      return [
        [node.left, 'unknown'],
        [node.right, isTextName(node.left) ? 'shown' : place],
      ]
    case 'ConditionalExpression':
    case 'IfStatement':
      return [
        [node.test, 'unknown'],
        [[node.consequent, node.alternate], place],
      ]
    case 'BinaryExpression':
      return [[[node.left, node.right], node.operator === '+' ? place : 'none']]
    case 'SwitchCase':
      return [
        [node.test, 'none'],
        [node.consequent, place],
      ]
    case 'MemberExpression':
      return [
        [node.object, 'unknown'],
        [node.computed ? node.property : null, 'none'],
      ]
    case 'NewExpression':
    case 'CallExpression':
      return callParts(node, place)
    case 'FunctionDeclaration':
      return [
        [node.params, 'unknown'],
        [node.body, isComponent(nameOf(node.id)) ? 'shown' : 'unknown'],
      ]
    case 'ArrowFunctionExpression':
      return [
        [node.params, 'unknown'],
        [node.body, place],
      ]
    case 'ExpressionStatement':
      return [[node.expression, node.directive ? 'none' : 'unknown']]
    // `String.raw` is an expression.
    case 'TaggedTemplateExpression':
    case 'ImportDeclaration':
    case 'ImportExpression':
    case 'ExportAllDeclaration':
      return []
    default:
      return /^TS(?!As|Satisfies|NonNull)/.test(node.type) ? [] : [[childrenOf(node), place]]
  }
}

function callParts(node: Node, place: Place): Part[] {
  const callee = asNode(node.callee)
  const name = nameOf(callee)
  const [first, ...others] = node.arguments as Node[]
  if ([name, nameOf(callee?.object)].some((each) => technical.test(each))) return [[node.arguments, 'none']]
  if (showing.test(name))
    return [
      [first, 'shown'],
      [others, 'unknown'],
    ]
  const passes = ({ type }: Node): boolean => name === 'join' || type.endsWith('FunctionExpression')
  return [
    [callee, 'unknown'],
    ...(node.arguments as Node[]).map((argument): Part => [argument, passes(argument) ? place : unlessShown(place)]),
  ]
}

/** The place of what is passed on, and may or may not be shown. */
const unlessShown = (place: Place): Place => (place === 'shown' ? 'unknown' : place)

const isTextName = (name: unknown): boolean => textNames.test(nameOf(name))

/** A plain attribute without a text for users has none. Its expression may show one, as a handler does. */
function attributePlace({ name, value }: Node): Place {
  if (isTextName(name)) return 'shown'
  return asNode(value)?.type === 'Literal' || /^(?:className|class|style|id|d|key|data-.*|href|to|rel|role)$/.test(nameOf(name))
    ? 'none'
    : 'unknown'
}

/** Whether a memoised component reads strings, and does not follow the language. */
const keepsLanguage = (source: string): boolean =>
  /^import .*\bmemo\b.* from 'react'/m.test(source) &&
  /from '[^']*\/strings\/(?!language)/.test(source) &&
  !/\buseLanguage\(\)/.test(source)

const isComponent = (name: string): boolean => /^\p{Lu}/u.test(name)

/** Where a module reads a string outside of functions. */
function keptStrings(root: Node): number[] {
  const areas = new Set(
    (root.body as Node[])
      .filter(({ type, source }) => type === 'ImportDeclaration' && /\/strings\/(?!en\/|de\/)/.test(nameOf(source)))
      .flatMap(({ specifiers }) => (specifiers as Node[]).map(({ local }) => nameOf(local))),
  )
  const places: number[] = []
  const visit = (node: Node): void => {
    if (/Function|^ClassBody$|^TS(?:TypeAlias|Interface)/.test(node.type)) return
    if (node.type === 'MemberExpression' && areas.has(nameOf(node.object))) places.push(node.start)
    for (const child of childrenOf(node)) visit(child)
  }
  visit(root)
  return places
}
