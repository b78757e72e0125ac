/**
 * A build to be tested: a copy of the sources, with a bug planted in it or a safety net taken away. A copy also when nothing is,
 * for `wrangler dev` starts anew whenever its sources change, and a run takes long.
 */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { developmentSecrets } from '../../scripts/stack/secrets.ts'
import type { Failpoint } from '../../shared/failpoints.ts'

const here = join(import.meta.dirname, '..', '..')
const folders = ['durable-objects', 'migrations', 'policy', 'scripts', 'shared', 'test', 'workers']

export interface Build {
  readonly project: string
  /** As if a new release was deployed: every object class is replaced while it runs. */
  touch(): void
  /** A release whose class of that name has these members, too; null: as it was. */
  deploy(name: string, members: string | null): void
  remove(): void
}

/** `effectsUrl`: where tools are counted. */
export async function build(plant?: Failpoint, effectsUrl?: string): Promise<Build> {
  // Both sign and accept with the same key.
  await developmentSecrets()
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'soma-chaos-')))
  const files = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isFile())
  for (const name of [...folders, ...files.map(({ name }) => name)])
    if (existsSync(join(here, name)))
      cpSync(join(here, name), join(project, name), { recursive: true, filter: (path) => basename(path) !== 'node_modules' })
  symlinkSync(join(here, 'node_modules'), join(project, 'node_modules'))
  // Nothing here needs the browser app.
  mkdirSync(join(project, 'web', 'dist'), { recursive: true })
  if (plant)
    writeFileSync(join(project, 'shared', 'failpoints.ts'), `export const failpoint = (name: string): boolean => name === '${plant}'\n`)
  // Where nothing else asks for it, what waits for a dispatch should not also wait for a batch to fill: tests have their own patience.
  const conversation = join(project, 'workers', 'conversation', 'wrangler.toml')
  if (plant === 'dispatch-by-doorbell')
    writeFileSync(conversation, readFileSync(conversation, 'utf8').replace('max_batch_timeout = 1', 'max_batch_timeout = 0'))
  if (effectsUrl) {
    const tools = readFileSync(join(project, 'test', 'chaos', 'tools.ts'), 'utf8')
    writeFileSync(join(project, 'workers', 'tools', 'tools.ts'), tools.replace('http://effects.invalid', effectsUrl))
  }
  let touched = 0
  const objects = join(project, 'durable-objects', 'worker.ts')
  const deployed = readFileSync(objects, 'utf8')
  return {
    project,
    touch: () => appendFileSync(objects, `export const touched${++touched} = () => {}\n`),
    deploy: (name, members) => writeFileSync(objects, members === null ? deployed : extended(deployed, name, members)),
    remove: () => rmSync(project, { recursive: true, force: true }),
  }
}

/** The objects' entry with more members of one class. */
function extended(entry: string, name: string, members: string): string {
  const [line, from] = new RegExp(`^export \\{ ${name} \\} from (.*)$`, 'm').exec(entry) ?? []
  if (line === undefined) throw new Error(`there is no class ${name}`)
  return entry.replace(line, `import { ${name} as Deployed } from ${from}\nexport class ${name} extends Deployed {\n${members}\n}`)
}
