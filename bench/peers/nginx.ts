/** nginx with nchan, if both are installed. One process, like the other servers. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Running, scratch, watch } from '../processes.ts'

const path = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`
const env = { ...process.env, PATH: path }

/** nginx finds modules below its own prefix. All other files are in `folder`. */
const config = (folder: string, port: number) => `
  daemon off;
  master_process off;
  load_module modules/ngx_nchan_module.so;
  pid ${folder}/pid;
  error_log stderr error;
  events { worker_connections 4096; }
  http {
    access_log off;
    client_body_temp_path ${folder}/body;
    proxy_temp_path ${folder}/proxy;
    fastcgi_temp_path ${folder}/fastcgi;
    uwsgi_temp_path ${folder}/uwsgi;
    scgi_temp_path ${folder}/scgi;
    keepalive_requests 1000000;
    nchan_shared_memory_size 256M;
    nchan_message_buffer_length 100000;
    server {
      listen 127.0.0.1:${port};
      location = /publish { nchan_publisher http; nchan_channel_id answer; }
      location = /events { nchan_subscriber eventsource; nchan_channel_id answer; nchan_subscriber_first_message newest; }
    }
  }
`

/** The version of nginx. Null if nginx or nchan is missing. */
export function nchanVersion(): string | null {
  const folder = scratch()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, config(folder, 1))
  const test = spawnSync('nginx', ['-t', '-c', file], { env, encoding: 'utf8' })
  if (test.status !== 0) return null
  return /nginx\/(\S+)/.exec(spawnSync('nginx', ['-v'], { env, encoding: 'utf8' }).stderr)?.[1] ?? null
}

/** Starts nginx with nchan on a free port. */
export async function startNginx(): Promise<Running> {
  const folder = scratch()
  const file = join(folder, 'nginx.conf')
  const port = await freePort()
  writeFileSync(file, config(folder, port))
  const child = spawn('nginx', ['-c', file], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const stop = watch(child)
  await untilListening(port)
  return { pid: child.pid ?? 0, port, ports: { http: port }, stop }
}

/** A free port, because nginx does not accept port 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const socket = connect(port, '127.0.0.1')
    const isListening = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isListening) return
    await sleep(20)
  }
  throw new Error('nginx did not start to listen')
}
