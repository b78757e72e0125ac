/** `npm run chaos -- --fault kill --rounds 50 --seed 7` */
import { parseArgs } from 'node:util'
import { chaos, passed, summary } from './chaos.ts'
import { bugs, switches } from './failpoints.ts'
import { faults } from './faults.ts'

const { values } = parseArgs({
  options: {
    fault: { type: 'string', default: 'kill' },
    rounds: { type: 'string', default: '10' },
    seed: { type: 'string', default: `${Date.now() % 100_000}` },
    sessions: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '60' },
    readers: { type: 'string', default: '500' },
    failpoint: { type: 'string' },
    quiet: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(`Runs simulated users on the real stack, injects faults, and counts broken guarantees.

  --fault     ${Object.keys(faults).join(' | ')} (kill);
              comma-separated faults run in turn
  --rounds    number of rounds (10)
  --seed      repeats the choices of an earlier run (from the clock)
  --sessions  concurrent conversations (6)
  --seconds   length of an outage (60)
  --readers   readers of one session, in faults with many readers (500)
  --failpoint a bug that the run must find: ${bugs.join(' | ')};
              or a redundant path to remove: ${switches.join(' | ')}
  --quiet     prints only the result`)
  process.exit(0)
}

const number = (name: 'rounds' | 'seed' | 'sessions' | 'seconds' | 'readers'): number => {
  const value = Number(values[name])
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} must be a whole number, not ${JSON.stringify(values[name])}.`)
  return value
}

const failpoint = [...bugs, ...switches].find((name) => name === values.failpoint)
if (values.failpoint !== undefined && !failpoint) throw new Error(`Unknown failpoint ${JSON.stringify(values.failpoint)}.`)
const options = {
  fault: values.fault,
  rounds: number('rounds'),
  seed: number('seed'),
  sessions: number('sessions'),
  seconds: number('seconds'),
  readers: number('readers'),
  activeFailpoint: failpoint,
}
console.log(`chaos: ${options.rounds} × ${options.fault}, seed ${options.seed}${failpoint ? `, with ${failpoint}` : ''}`)
const report = await chaos({ ...options, log: values.quiet ? () => {} : (line) => console.log(line) })
for (const line of report.evidence.slice(0, 20)) console.log(`  ${line.slice(0, 600)}`)
console.log(`${summary(report)}; seed ${options.seed}`)
process.exit(passed(report) ? 0 : 1)
