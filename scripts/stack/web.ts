/** The browser app: built when what it is made of has changed. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { exists, root } from '../project.ts'
import { releaseLock, takeLock } from './lock.ts'

const sources = ['scripts/stack/web.ts', 'web', 'shared', 'tsconfig.base.json', 'package-lock.json']
const cache = join(root, 'node_modules', '.cache', 'soma')
const stamp = join(cache, 'web.sha256')
const lock = join(cache, 'web.lock')
/** How long to wait for another process that is building it. */
const othersMs = 120_000

/** Builds `web/dist` unless it is of these sources already. One that cannot be built does not keep the API from being served. */
export async function buildWeb(say: (line: string) => void): Promise<void> {
  mkdirSync(join(root, 'web', 'dist'), { recursive: true })
  if (!exists('web/vite.config.ts')) return
  if (isBuilt(hash())) return
  if (!(await takeLock(lock, othersMs))) throw new Error('The web app is being built by another process, and has been for two minutes.')
  try {
    const wanted = hash()
    if (isBuilt(wanted)) return
    say('building the web app')
    // A test that starts a stack has a NODE_ENV of its own, which would make this a development build.
    const env = { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' }
    await promisify(execFile)('vite', ['build', 'web', '--logLevel', 'warn'], { cwd: root, env })
    mkdirSync(dirname(stamp), { recursive: true })
    writeFileSync(stamp, wanted)
  } catch (error) {
    say(
      `THE WEB APP CANNOT BE BUILT; serving ${exists('web/dist/index.html') ? 'the last one that could' : 'only the API'}. \`vite build web\` says:\n${reasons(error)}`,
    )
  } finally {
    releaseLock(lock)
  }
}

/** What the build said, without the stack of the builder itself. */
function reasons(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return said.split('\n').slice(0, 12).join('\n')
}

function isBuilt(wanted: string): boolean {
  try {
    return exists('web/dist/index.html') && readFileSync(stamp, 'utf8') === wanted
  } catch {
    return false
  }
}

function hash(): string {
  const digest = createHash('sha256')
  for (const file of sources.flatMap(files))
    digest
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  return digest.digest('hex')
}

function files(path: string): string[] {
  if (path === 'web/dist') return []
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => files(`${path}/${name}`))
}
