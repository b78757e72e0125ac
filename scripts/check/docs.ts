/** Finds broken references of a document: files, folders, headings, npm scripts. */
import { dirname, join, normalize } from 'node:path'

/** The valid references. Paths are relative to the root; a folder ends with `/`. */
export interface Project {
  readonly files: ReadonlySet<string>
  readonly folders: ReadonlySet<string>
  readonly scripts: ReadonlySet<string>
  /** The text of a markdown file. */
  readonly read: (file: string) => string
}

const sourceFile = /^[\w.@/-]+\.(?:ts|tsx|mjs|md|rego|toml|sql|capnp|css|html)$/
const pathLike = /^[\w.@*/-]+$/
/** A word of a pattern, as in `NAME.test.ts`. */
const placeholder = /\b(?:NAME|NOUN|FILE)\b/

/** A heading as the fragment of a link, as GitHub makes it. */
const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')

/** One sentence for each name in `file` that does not exist. */
export function missingIn(file: string, project: Project): string[] {
  const text = project.read(file)
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !linkExists(file, target, project))
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
  const paths = spans.filter((span) => !pathExists(file, span, project))
  const commands = [...text.matchAll(/\bnpm run (?:-s )?([a-z][\w:-]*)/g)].map(([, script = '']) => script)
  return [
    ...links.map((target) => `${file}: the link ${target} leads nowhere`),
    ...paths.map((path) => `${file}: \`${path}\` does not exist`),
    ...commands.filter((script) => !project.scripts.has(script)).map((script) => `${file}: package.json has no script ${script}`),
  ]
}

function linkExists(file: string, target: string, project: Project): boolean {
  if (/^[a-z][a-z+.-]*:/.test(target)) return true
  const [path = '', fragment] = target.split('#')
  const found = path === '' ? file : normalize(join(dirname(file), path))
  if (!exists(found, project)) return false
  if (!fragment || !found.endsWith('.md')) return true
  return [...project.read(found).matchAll(/^#+ (.*)$/gm)].some(([, heading = '']) => slug(heading) === fragment)
}

/** Whether `span` names nothing in the repository, or something that exists. Looks next to the document, then from the root. */
function pathExists(file: string, span: string, project: Project): boolean {
  if (!pathLike.test(span) || placeholder.test(span) || span.startsWith('/') || span.startsWith('@')) return true
  const top = span.split('/')[0] ?? ''
  const isRelative = top === '.' || top === '..'
  const isPath = sourceFile.test(span) || (span.includes('/') && (isRelative || project.folders.has(`${top}/`)))
  if (!isPath) return true
  if ([join(dirname(file), span), span].some((path) => exists(normalize(path), project))) return true
  return !isRelative && sourceFile.test(span) && [...project.files].some((path) => path.endsWith(`/${span}`))
}

function exists(path: string, { files, folders }: Project): boolean {
  if (!path.includes('*')) return files.has(path) || folders.has(path.endsWith('/') ? path : `${path}/`) || path === '.'
  const pattern = new RegExp(`^${path.replace(/[.]/g, '\\.').replaceAll('*', '[^/]*')}/?$`)
  return [...files, ...folders].some((candidate) => pattern.test(candidate))
}
