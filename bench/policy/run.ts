/** `node bench/policy/run.ts [rounds]` runs this benchmark alone. `npm ci` in this folder installs its dependencies. */
import { policy } from './policy.ts'

console.log(await policy(Number(process.argv[2] ?? 5), (line) => console.error(line)))
process.exit(0)
