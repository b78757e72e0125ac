/** `npm run chaos -- --fault kill --rounds 50 --seed 7` */
import { parseArgs } from 'node:util'
import { chaos, sound, summary } from './chaos.ts'
import { faults } from './faults.ts'
import { bugs, switches } from './plants.ts'

const { values } = parseArgs({
  options: {
    fault: { type: 'string', default: 'kill' },
    rounds: { type: 'string', default: '10' },
    seed: { type: 'string', default: `${Date.now() % 100_000}` },
    sessions: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '60' },
    readers: { type: 'string', default: '500' },
    plant: { type: 'string' },
    quiet: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(`Drives the real stack as users would, breaks it, and counts what is left of the promises.

  --fault     ${Object.keys(faults).join(' | ')} (kill);
              several with commas between take turns
  --rounds    how often (10)
  --seed      the same choices again (from the clock)
  --sessions  conversations at the same time (6)
  --seconds   how long what is away stays away (60)
  --readers   how many read one session, where many do (500)
  --plant     a bug to be found: ${bugs.join(' | ')};
              or a safety net to do without: ${switches.join(' | ')}
  --quiet     only the result`)
  process.exit(0)
}

const number = (name: 'rounds' | 'seed' | 'sessions' | 'seconds' | 'readers'): number => {
  const value = Number(values[name])
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} must be a whole number, not ${JSON.stringify(values[name])}.`)
  return value
}

const plant = [...bugs, ...switches].find((name) => name === values.plant)
if (values.plant !== undefined && !plant) throw new Error(`There is nothing to plant called ${JSON.stringify(values.plant)}.`)
const options = {
  fault: values.fault,
  rounds: number('rounds'),
  seed: number('seed'),
  sessions: number('sessions'),
  seconds: number('seconds'),
  readers: number('readers'),
  plant,
}
console.log(`chaos: ${options.rounds} × ${options.fault}, seed ${options.seed}${plant ? `, with ${plant}` : ''}`)
const report = await chaos({ ...options, say: values.quiet ? () => {} : (line) => console.log(line) })
for (const line of report.evidence.slice(0, 20)) console.log(`  ${line.slice(0, 600)}`)
console.log(`${summary(report)}; seed ${options.seed}`)
process.exit(sound(report) ? 0 : 1)
