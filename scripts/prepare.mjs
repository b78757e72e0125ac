/**
 * Installs what is missing before any npm script runs. Plain JavaScript without dependencies, because there are none yet, and for
 * the system's Node, because ours comes with them. Says nothing when there is nothing to do. `start` and `test` call it once more
 * themselves: under `ignore-scripts` npm runs no pre-scripts either, and then somebody must say what is wrong.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lock = join(root, 'package-lock.json')
/** What npm itself keeps of what it installed. */
const installed = join(root, 'node_modules', '.package-lock.json')
/** What the scripts run on. */
const ownNode = join(root, 'node_modules', '.bin', 'node')

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 20) fail(`Node 20 or newer is needed to begin with; this is ${process.version}.`)

const reason = whyInstall()
if (reason) install(reason)
if (!existsSync(ownNode))
  fail('node_modules has no Node of its own: its install script did not run. Install with scripts allowed: npm ci --ignore-scripts=false')

function whyInstall() {
  if (!existsSync(installed)) return 'node_modules is not there yet'
  if (!existsSync(ownNode)) return 'node_modules has lost its Node'
  if (statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return undefined
  return sameAsInstalled() ? undefined : 'package-lock.json has changed'
}

/** Whether the lock file asks for just what is there: a checkout makes it newer without changing it. */
function sameAsInstalled() {
  const wanted = JSON.parse(readFileSync(lock, 'utf8')).packages
  const there = JSON.parse(readFileSync(installed, 'utf8')).packages
  const names = new Set([...Object.keys(wanted), ...Object.keys(there)])
  names.delete('')
  return [...names].every((name) => wanted[name]?.version === there[name]?.version || (wanted[name]?.optional && !there[name]))
}

function install(why) {
  console.error(`${why}: running npm ci (a minute or two the first time)`)
  // Not with the Node that is about to be replaced.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(join(root, 'node_modules') + sep))
  const env = { ...process.env, PATH: path.join(delimiter) }
  const { status, error } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    env,
    stdio: ['ignore', 2, 2],
  })
  if (error) fail(`npm could not be run: ${error.message}`)
  if (status !== 0) fail('npm ci failed; what it said stands above.')
}

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
