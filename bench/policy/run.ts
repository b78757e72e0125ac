/** `node bench/policy/run.ts [rounds]`: the benchmark by itself, with what it needs installed beside it (`npm ci` in this folder). */
import { policy } from './policy.ts'

console.log(await policy(Number(process.argv[2] ?? 5), (line) => console.error(line)))
process.exit(0)
