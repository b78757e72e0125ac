/**
 * Installs missing dependencies before a command runs. Prints nothing if nothing is missing.
 * Plain JavaScript without dependencies for the system's Node, because the project's Node is one of the dependencies.
 * `start` and `test` call it again: with `ignore-scripts`, npm runs no pre-scripts, and this call reports the problem.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lock = join(root, 'package-lock.json')
/** npm's own record of the installed packages. */
const installed = join(root, 'node_modules', '.package-lock.json')
/** The Node that runs the scripts. */
const ownNode = join(root, 'node_modules', '.bin', 'node')

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 20) fail(`Node 20 or newer is required; this is ${process.version}.`)

const reason = installReason()
if (reason) install(reason)
if (!existsSync(ownNode))
  fail('node_modules has no Node: its install script did not run. Install with scripts allowed: npm ci --ignore-scripts=false')

/** Why an installation is necessary. Undefined: it is not. */
function installReason() {
  if (!existsSync(installed)) return 'node_modules does not exist'
  if (!existsSync(ownNode)) return 'node_modules has no Node'
  if (statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return undefined
  return matchesInstalled() ? undefined : 'package-lock.json has changed'
}

/** Whether the lock file matches the installed packages. A checkout can make it newer without a change. */
function matchesInstalled() {
  const locked = JSON.parse(readFileSync(lock, 'utf8')).packages
  const packages = JSON.parse(readFileSync(installed, 'utf8')).packages
  const names = new Set([...Object.keys(locked), ...Object.keys(packages)])
  names.delete('')
  return [...names].every((name) => locked[name]?.version === packages[name]?.version || (locked[name]?.optional && !packages[name]))
}

function install(reason) {
  console.error(`${reason}: running npm ci (a minute or two the first time)`)
  // Do not run npm with the Node that it replaces.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(join(root, 'node_modules') + sep))
  const env = { ...process.env, PATH: path.join(delimiter) }
  const { status, error } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    env,
    stdio: ['ignore', 2, 2],
  })
  if (error) fail(`npm could not be run: ${error.message}`)
  if (status !== 0) fail('npm ci failed. Its output is above.')
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
