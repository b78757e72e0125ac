/**
 * A build under test: a copy of the sources, with or without an active failpoint.
 * Without the copy, a stack under `wrangler dev` would restart when the sources change during a run.
 */
import { appendFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { developmentSecrets } from '../../scripts/stack/secrets.ts'
import type { Failpoint } from '../../shared/failpoints.ts'
import { copySources } from '../support/source-copy.ts'

export interface Build {
  readonly project: string
  /** Simulates a deployment: every object class is replaced while it runs. */
  touch(): void
  /** Deploys class `name` with additional members. Null restores the original class. */
  deploy(name: string, members: string | null): void
  remove(): void
}

/** `effectsUrl`: the server that counts the effects of tools. */
export async function build(activeFailpoint?: Failpoint, effectsUrl?: string): Promise<Build> {
  // The copy and the original share one signing key.
  await developmentSecrets()
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'soma-chaos-')))
  copySources(project, 'test')
  if (activeFailpoint)
    writeFileSync(
      join(project, 'shared', 'failpoints.ts'),
      `export const failpoint = (name: string): boolean => name === '${activeFailpoint}'\n`,
    )
  // Without a dispatch after commit, a turn waits for its doorbell. Waiting for a full batch too would exceed the tests' timeouts.
  const conversation = join(project, 'workers', 'conversation', 'wrangler.toml')
  if (activeFailpoint === 'dispatch-by-doorbell')
    writeFileSync(conversation, readFileSync(conversation, 'utf8').replace('max_batch_timeout = 1', 'max_batch_timeout = 0'))
  if (effectsUrl) {
    const tools = readFileSync(join(project, 'test', 'chaos', 'tools.ts'), 'utf8')
    const catalog = tools.replace('http://effects.invalid', effectsUrl).replaceAll("'../../shared/", "'../../../shared/")
    writeFileSync(join(project, 'workers', 'tools', 'catalog', 'catalog.ts'), catalog)
  }
  let edits = 0
  const objects = join(project, 'durable-objects', 'worker.ts')
  const deployed = readFileSync(objects, 'utf8')
  return {
    project,
    touch: () => appendFileSync(objects, `export const touched${++edits} = () => {}\n`),
    deploy: (name, members) => writeFileSync(objects, members === null ? deployed : extended(deployed, name, members)),
    remove: () => rmSync(project, { recursive: true, force: true }),
  }
}

/** The entry of the objects, with additional members in one class. */
function extended(entry: string, name: string, members: string): string {
  const [line, from] = new RegExp(`^export \\{ ${name} \\} from (.*)$`, 'm').exec(entry) ?? []
  if (line === undefined) throw new Error(`there is no class ${name}`)
  return entry.replace(line, `import { ${name} as Deployed } from ${from}\nexport class ${name} extends Deployed {\n${members}\n}`)
}
