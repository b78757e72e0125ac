/**
 * `npm run test:peers [-- NAME …]`: our own engines beside the real ones. Each folder of `test/peers` installs its peer, runs both, and
 * says how many answers agreed. The first run builds them from source, which takes minutes.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { exists, root } from './project.ts'

const known = readdirSync(join(root, 'test', 'peers')).filter((name) => exists(`test/peers/${name}/run.sh`))
const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`No such peer: ${unknown.join(', ')}. There are ${known.join(', ')}.`)
  process.exit(2)
}

let failed = 0
for (const name of chosen.length > 0 ? chosen : known) {
  console.log(`· ${name}`)
  const { status } = spawnSync('bash', [`test/peers/${name}/run.sh`], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) failed += 1
}
console.log(failed === 0 ? 'peers: all agree' : `peers: ${failed} disagree or could not be run`)
process.exitCode = failed === 0 ? 0 : 1
