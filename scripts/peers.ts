/**
 * `npm run test:peers [-- NAME …]` compares our engines with the real ones.
 * Each folder of `test/peers` installs its peer, runs both, and counts equal answers.
 * The first run builds the peers from source, which takes minutes. The cache outside the project is keyed by version.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { exists, root } from './project.ts'
import { conclude, emptyTally, parseClosingLine, sum, type Tally, withStatus } from './tests/tally.ts'

const peers = readdirSync(join(root, 'test', 'peers')).filter((name) => exists(`test/peers/${name}/run.sh`))
const names = process.argv.slice(2)
const unknown = names.filter((name) => !peers.includes(name))
if (unknown.length > 0) {
  console.error(`No such peer: ${unknown.join(', ')}. Peers: ${peers.join(', ')}.`)
  process.exit(2)
}

const tallies: Tally[] = []
for (const name of names.length > 0 ? names : peers) tallies.push(await compare(name))
conclude(sum(tallies))

async function compare(name: string): Promise<Tally> {
  console.log(`· ${name}`)
  const child = spawn('bash', [`test/peers/${name}/run.sh`], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    process.stdout.write(text)
  })
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return withStatus(parseClosingLine(output) ?? emptyTally, status, `test/peers/${name}`, output)
}
