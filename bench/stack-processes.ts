/** The processes of a stack that `npm start` runs: their CPU time and memory, and the bytes of its state on disk. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cpuMs } from './processes.ts'

/** A value of the stack's Workers, and of what runs beside them: the development server, Postgres, the proxy. */
export interface ByProcess {
  readonly workerd: number
  readonly node: number
}

const read = (pid: string, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

/** The processes of the stack with the state folder `state`: those whose environment names it, and their children. */
function processesOf(state: string): { readonly pid: string; readonly isWorkerd: boolean }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const parents = new Map(pids.map((pid) => [pid, /^PPid:\s+(\d+)/m.exec(read(pid, 'status'))?.[1] ?? '']))
  const belongs = (pid: string): boolean =>
    pid !== '' && pid !== '0' && (read(pid, 'environ').includes(`SOMA_STATE=${state}`) || belongs(parents.get(pid) ?? ''))
  const found = pids.filter(belongs).map((pid) => ({ pid, isWorkerd: read(pid, 'comm').startsWith('workerd') }))
  if (!found.some(({ isWorkerd }) => isWorkerd)) throw new Error('the stack has no workerd')
  return found
}

function sum(state: string, value: (pid: string) => number): ByProcess {
  const total = { workerd: 0, node: 0 }
  for (const { pid, isWorkerd } of processesOf(state)) total[isWorkerd ? 'workerd' : 'node'] += value(pid)
  return total
}

/** The CPU time so far. Milliseconds. A process that has just ended counts as none. */
export const stackCpuMs = (state: string): ByProcess =>
  sum(state, (pid) => {
    try {
      return cpuMs(Number(pid))
    } catch {
      return 0
    }
  })

/** The resident memory. MB. */
export const stackMemoryMb = (state: string): ByProcess =>
  sum(state, (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(read(pid, 'status'))?.[1] ?? 0) / 1_024)

/** Bytes that a file or folder takes on disk. A file that is deleted meanwhile has none. */
export function diskBytes(path: string): number {
  try {
    const found = lstatSync(path)
    // POSIX counts blocks of 512 bytes.
    if (!found.isDirectory()) return found.blocks * 512
    return readdirSync(path).reduce((total, name) => total + diskBytes(join(path, name)), found.blocks * 512)
  } catch {
    return 0
  }
}
