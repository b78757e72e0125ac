/** A real Kafka of one node (KRaft) and its own consumer. Maven fetches the version that pom.xml pins into a cache outside the project. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../support/stack.ts'
import { isListening } from '../is-listening.ts'
import { killOnExit } from '../redis/redis.ts'

const moduleFolder = import.meta.dirname
const startMs = 60_000
/** The consumer stops when no record has arrived for this time. Milliseconds. */
const quietMs = 1_500

/** One record of a topic. */
export interface KafkaRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly value: string
}

/** The folder of Kafka's jars. All checkouts share it. */
function install(): string {
  const versionHash = createHash('sha256').update(readFileSync(join(moduleFolder, 'pom.xml')))
  const cache = process.env.SOMA_PEERS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'soma-edge')
  const folder = join(cache, `kafka-${versionHash.digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) return folder
  console.log('fetching Kafka (once)')
  mkdirSync(cache, { recursive: true })
  const partial = `${folder}.${process.pid}`
  const { error, status, stdout } = spawnSync(
    'mvn',
    ['-q', '-B', '-f', join(moduleFolder, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`],
    { encoding: 'utf8' },
  )
  if (error || status !== 0) throw new Error(`Kafka cannot be fetched with mvn:\n${stdout}`, { cause: error })
  if (existsSync(folder)) rmSync(partial, { recursive: true })
  else renameSync(partial, folder)
  return folder
}

export class Kafka {
  readonly #jars = install()
  readonly #folder: string
  readonly #port: number
  #broker: ChildProcess | undefined

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#port = port
  }

  /** Starts a Kafka that stores its data in `folder`. */
  static async start(folder: string): Promise<Kafka> {
    const [port, controller] = [await freePort(), await freePort()]
    const kafka = new Kafka(folder, port)
    const settings = {
      'process.roles': 'broker,controller',
      'node.id': 1,
      'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      'log.dirs': join(folder, 'log'),
      'offsets.topic.replication.factor': 1,
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      'group.initial.rebalance.delay.ms': 0,
      'auto.create.topics.enable': false,
      // After a kill, the next broker may start without waiting for the old session.
      'broker.heartbeat.interval.ms': 500,
      'broker.session.timeout.ms': 2_000,
    }
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
    writeFileSync(kafka.#properties, lines.join(''))
    kafka.#runTool('kafka.tools.StorageTool', 'format', '--standalone', '-t', 'c29tYS1lZGdlLXRlc3QtMQ', '-c', kafka.#properties)
    await kafka.start()
    return kafka
  }

  get #properties(): string {
    return join(this.#folder, 'server.properties')
  }

  get #log(): string {
    return join(this.#folder, 'kafka.log')
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** Starts the broker. Retries, because another process may briefly hold its port. */
  async start(): Promise<void> {
    const deadline = Date.now() + startMs
    while (Date.now() < deadline) {
      const broker = this.#spawn()
      while (Date.now() < deadline && broker.exitCode === null) {
        if (await isListening(this.#port)) return
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
    throw new Error(`Kafka does not start:\n${readFileSync(this.#log, 'utf8').slice(-2_000)}`)
  }

  #spawn(): ChildProcess {
    const log = openSync(this.#log, 'a')
    const broker = spawn('java', [...this.#javaArguments('256m'), 'kafka.Kafka', this.#properties], { stdio: ['ignore', log, log] })
    closeSync(log)
    killOnExit(broker)
    this.#broker = broker
    return broker
  }

  /** SIGKILL, like a power cut. */
  async kill(): Promise<void> {
    const broker = this.#broker
    this.#broker = undefined
    if (!broker || broker.exitCode !== null || broker.signalCode !== null) return
    const exited = new Promise((resolve) => broker.once('exit', resolve))
    broker.kill('SIGKILL')
    await exited
  }

  /** SIGSTOP: the process exists and does nothing. */
  pause(): void {
    this.#broker?.kill('SIGSTOP')
  }

  resume(): void {
    this.#broker?.kill('SIGCONT')
  }

  createTopic(name: string, partitions: number): void {
    const options = ['--create', '--topic', name, '--partitions', `${partitions}`, '--replication-factor', '1']
    this.#runTool('org.apache.kafka.tools.TopicCommand', '--bootstrap-server', this.address, ...options)
  }

  /** All records of `topic`, read by Kafka's own consumer from the beginning, in order within each partition. */
  read(topic: string): KafkaRecord[] {
    const properties = ['print.partition', 'print.offset', 'print.key'].flatMap((name) => ['--property', `${name}=true`])
    const options = ['--topic', topic, '--from-beginning', '--timeout-ms', `${quietMs}`, ...properties]
    const text = this.#runTool('org.apache.kafka.tools.consumer.ConsoleConsumer', '--bootstrap-server', this.address, ...options)
    return text.split('\n').flatMap((line) => {
      const [partition, offset, key, ...value] = line.split('\t')
      if (!partition?.startsWith('Partition:') || !offset || !key) return []
      return { partition: Number(partition.slice(10)), offset: Number(offset.slice(7)), key, value: value.join('\t') }
    })
  }

  #javaArguments(heap: string): string[] {
    const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'
    return ['-cp', join(this.#jars, '*'), `-Xmx${heap}`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', quiet]
  }

  #runTool(main: string, ...args: string[]): string {
    const options = { encoding: 'utf8', maxBuffer: 1 << 28, timeout: startMs } as const
    const { error, status, stdout, stderr } = spawnSync('java', [...this.#javaArguments('128m'), main, ...args], options)
    // The consumer reports its idle timeout as an error.
    if (error || (status !== 0 && !main.endsWith('ConsoleConsumer')))
      throw new Error(`${main} failed:\n${stderr}${stdout}`, { cause: error })
    return stdout
  }
}
