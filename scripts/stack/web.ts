/** Builds the web app if its sources changed. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { exists, root } from '../project.ts'
import { acquireLock, releaseLock } from './lock.ts'

const sources = ['scripts/stack/web.ts', 'web', 'shared', 'tsconfig.base.json', 'package-lock.json']
const cache = join(root, 'node_modules', '.cache', 'soma')
/** Names this checkout: the tree of another release may link to the same `node_modules`, and must not replace the stamp. */
const checkout = createHash('sha256').update(root).digest('hex').slice(0, 12)
const stamp = join(cache, `web-${checkout}.sha256`)
const lock = join(cache, `web-${checkout}.lock`)
/** Time to wait for the build of another process. Milliseconds. */
const lockWaitMs = 120_000

/** Builds `web/dist` if it is outdated. A failed build does not stop the API. */
export async function buildWeb(log: (line: string) => void): Promise<void> {
  mkdirSync(join(root, 'web', 'dist'), { recursive: true })
  if (!exists('web/vite.config.ts')) return
  if (isBuilt(hashSources())) return
  if (!(await acquireLock(lock, lockWaitMs))) throw new Error('Another process has been building the web app for two minutes.')
  try {
    const sourceHash = hashSources()
    if (isBuilt(sourceHash)) return
    log('building the web app')
    // A test that starts a stack sets NODE_ENV, which would make this a development build.
    const env = { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' }
    await promisify(execFile)('vite', ['build', 'web', '--logLevel', 'warn'], { cwd: root, env })
    mkdirSync(dirname(stamp), { recursive: true })
    writeFileSync(stamp, sourceHash)
  } catch (error) {
    log(
      `THE WEB APP CANNOT BE BUILT; serving ${exists('web/dist/index.html') ? 'the last build' : 'only the API'}. \`vite build web\` prints:\n${buildMessages(error)}`,
    )
  } finally {
    releaseLock(lock)
  }
}

/** The messages of the build, without the builder's stack trace. */
function buildMessages(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return text.split('\n').slice(0, 12).join('\n')
}

function isBuilt(sourceHash: string): boolean {
  try {
    return exists('web/dist/index.html') && readFileSync(stamp, 'utf8') === sourceHash
  } catch {
    return false
  }
}

function hashSources(): string {
  const digest = createHash('sha256')
  for (const file of sources.flatMap(filesIn))
    digest
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  return digest.digest('hex')
}

function filesIn(path: string): string[] {
  if (path === 'web/dist') return []
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => filesIn(`${path}/${name}`))
}
