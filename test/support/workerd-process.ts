/** The workerd of a stack as the kernel accounts for it (proc(5)): CPU time and memory. Linux only. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** Unit of CPU times in /proc: 10 ms, independent of the kernel's clock. */
const msPerTick = 10

/** The youngest workerd of the stack on `state`. The older one of `wrangler dev` only forwards traffic. */
export function workersProcess(state: string): number | undefined {
  const candidates = readdirSync('/proc').filter((name) => {
    try {
      const isOwnProcess = readFileSync(`/proc/${name}/environ`, 'utf8').includes(`SOMA_STACK=${state}\0`)
      return isOwnProcess && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('/workerd\0serve')
    } catch {
      return false
    }
  })
  // Field 22 of `stat` is the start time in ticks.
  const startedAt = (pid: string) => Number(fieldsOf(pid)[19])
  const youngest = candidates.map((pid) => ({ pid, at: startedAt(pid) })).sort((a, b) => b.at - a.at || Number(b.pid) - Number(a.pid))[0]
  return youngest && Number(youngest.pid)
}

/** The fields of `stat` after the name in brackets, which can contain spaces. Field 3 is the first. */
const fieldsOf = (pid: string | number): string[] => (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '').split(' ')

/** CPU time of all threads of a process, with kernel time. Milliseconds. */
export function cpuMsOf(pid: number): number {
  const fields = fieldsOf(pid)
  return (Number(fields[11]) + Number(fields[12])) * msPerTick
}

/** Resident memory of a process, and its peak since `resetPeak`. Bytes. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024
  return { now: field('VmRSS'), peak: field('VmHWM') }
}

/** Sets the peak to the current memory. */
export const resetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5')
