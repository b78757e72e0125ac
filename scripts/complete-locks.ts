/**
 * Completes package-lock.json with the optional packages of other platforms.
 * Without them in its registry, npm omits them, and `npm ci` then rejects the lock.
 * A missing entry is derived from its name and from the package that requires it. An installation on such a platform adds the rest.
 * `--check` only reports whether an entry is missing.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './project.ts'

interface Entry {
  version?: string
  dev?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']
const otherNames: Readonly<Record<string, string>> = {
  windows: 'win32',
  '64': 'x64',
  ppc64le: 'ppc64',
  fsevents: 'darwin',
  gnueabihf: 'gnu',
  musleabihf: 'musl',
}
const libraries: Readonly<Record<string, string>> = { gnu: 'glibc', musl: 'musl' }

const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values
const incomplete = ['package-lock.json', 'test/runtimes/package-lock.json'].filter(complete)
if (check && incomplete.length > 0) {
  console.error(
    `${incomplete.join(', ')} lacks optional packages of other platforms, so npm ci would refuse it: run \`node scripts/complete-locks.ts\``,
  )
  process.exitCode = 1
}

/** Completes `file`. Returns whether an entry was missing. */
function complete(file: string): boolean {
  const path = join(root, file)
  const lock: { packages: Record<string, Entry> } = JSON.parse(readFileSync(path, 'utf8'))
  const missing = Object.entries(lock.packages).flatMap(([folder, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isResolvable(lock.packages, folder, name))
      .map(([name, range]) => [`node_modules/${name}`, missingEntry(name, range, entry.dev === true)] as const),
  )
  if (check || missing.length === 0) return missing.length > 0
  const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) }).sort(([a], [b]) => a.localeCompare(b, 'en'))
  writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`)
  console.log(`${file}: added ${missing.length} optional packages`)
  return true
}

/** Whether the package at `path` finds `name` in its own or a parent folder. */
function isResolvable(packages: Record<string, Entry>, path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (packages[`${folder}${folder && '/'}node_modules/${name}`]) return true
    if (!folder) return false
  }
}

function missingEntry(name: string, range: string, dev: boolean): Entry {
  const parts = name.split(/[/@-]/).map((part) => otherNames[part] ?? part)
  const os = parts.filter((part) => systems.includes(part))
  const cpu = parts.filter((part) => processors.includes(part))
  const libc = parts.flatMap((part) => libraries[part] ?? [])
  if (os.length + cpu.length === 0) throw new Error(`${name} is missing in the lock, and its name does not contain a platform.`)
  return {
    version: range.replace(/^[~^]/, ''),
    ...(cpu.length > 0 && { cpu }),
    ...(dev && { dev }),
    ...(libc.length > 0 && { libc }),
    optional: true,
    ...(os.length > 0 && { os }),
  }
}
