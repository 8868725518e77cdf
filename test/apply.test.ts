import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { apply as applyInLab } from "../src/lab/apply.ts";
import { powerOff, powerOn, reset } from "../src/lab/lifecycle.ts";
import type { Machine } from "../src/lab/machine.ts";
import type { Printed } from "./support/ichor.ts";
import { CLUSTER_FILES, compileWithoutSecrets, type LabFleet, startLabFleet } from "./support/lab-fleet.ts";

/**
 * What operators do, on the fleet of `support/lab-fleet.ts`: a change is merged, `ichor plan` says what it means,
 * `ichor apply` does it, and the machines are looked at. Each scenario starts from a fleet that is as git says.
 */

const LIMIT = 60_000;
const MGMT = { name: "dc1-mgmt", machines: ["u01", "u02", "u03", "u04", "u05"].map((u) => `dc1-r001-${u}`) };
const OLD = { name: "dc1-old", machines: ["u01", "u02", "u03", "u04", "u05"].map((u) => `dc1-r002-${u}`) };
const ALL = [...MGMT.machines, ...OLD.machines];
const LOCK = "inventory/allocations/dc1/clusters.yaml";

let fleet: LabFleet;

beforeAll(async () => {
  fleet = await startLabFleet();
}, LIMIT);

afterAll(async () => {
  // Where the machines did not come up there are none.
  await (fleet as LabFleet | undefined)?.stop();
});

/** Ends what a scenario did to machines; what it merged stays merged. */
afterEach(() => {
  for (const name of ALL) {
    fleet.setFaults(name, {});
    powerOn(fleet.machine(name));
  }
});

/** A number that no scenario before has used, so that every change is one. */
let changes = 0;
const fresh = () => String(65_536 + ++changes);

type Cluster = keyof typeof CLUSTER_FILES;

/** Merges one patch more for each of these clusters. */
function patch(patches: Readonly<Partial<Record<Cluster, object>>>): Promise<void> {
  const changes = Object.entries(patches).map(([cluster, value]) => [
    CLUSTER_FILES[cluster as Cluster],
    (text: string) => {
      const list = text.includes("\n  patches:\n") ? text : `${text.trimEnd()}\n  patches:\n`;
      return `${list}    - ${JSON.stringify(value)}\n`;
    },
  ]);
  return fleet.merge(Object.fromEntries(changes) as Parameters<LabFleet["merge"]>[0]);
}

/** Merges another value of a sysctl, which Talos takes without a reboot. */
function sysctl(clusters: readonly Cluster[], value = fresh()): Promise<void> {
  const values = { "vm.max_map_count": value };
  const patches = {
    "dc1-mgmt": { apiVersion: "v1alpha1", kind: "SysctlConfig", params: values },
    "dc1-old": { machine: { sysctls: values } },
  };
  return patch(Object.fromEntries(clusters.map((cluster) => [cluster, patches[cluster]])));
}

/** Merges what Talos 1.13 reboots for. */
const environment = (value = fresh()) =>
  patch({ "dc1-old": { machine: { env: { GRPC_GO_LOG_VERBOSITY_LEVEL: value } } } });

const bootIds = (names: readonly string[]) => names.map((name) => fleet.machine(name).bootId);
const textOf = (name: string) => fleet.machine(name).persistent?.text ?? "";

/** Somebody changes a machine with another tool than ichor. */
function meddle(name: string): string {
  const before = textOf(name);
  const text = before.replace('fib_multipath_hash_policy: "1"', 'fib_multipath_hash_policy: "0"');
  expect(text).not.toBe(before);
  applyInLab(fleet.machine(name), { text, mode: "NO_REBOOT", dryRun: false, tryTimeout: undefined });
  return text;
}

const WIPE = { graceful: false, reboot: true, partitions: [], wipesSystem: true };

async function wiped(name: string): Promise<Machine> {
  const machine = fleet.machine(name);
  reset(machine, WIPE);
  await until(() => machine.api === "maintenance");
  await fleet.lab.settled();
  return machine;
}

async function until(isTrue: () => boolean): Promise<void> {
  await expect.poll(isTrue, { timeout: 20_000, interval: 20 }).toBe(true);
}

/** What `ichor status` says of each cluster. */
async function status(): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await fleet.status();
  const [, ...rows] = stdout.trim().split("\n");
  return Object.fromEntries(
    rows.map((row) => {
      const [cluster = "", ...columns] = row.split(/ {2,}/);
      return [cluster, columns.join(" ")];
    }),
  );
}

const WELL = {
  "dc1-mgmt": "Synced Healthy 5/5 3/3 5/5 v1.14.1",
  "dc1-old": "Synced Healthy 5/5 3/3 5/5 v1.13.9",
};

/** The plan without what differs from run to run. */
const shown = ({ stdout }: Printed) => stdout.trim();

const everything = ({ stdout, stderr }: Printed) => stdout + stderr;

/** A command that has to end so. */
function ended(printed: Printed, code: number): Printed {
  expect(printed.code, everything(printed)).toBe(code);
  return printed;
}

/** The last lines before the journal's name: how many machines ended how. */
const counts = ({ stderr }: Printed) => stderr.trim().split("\n").at(-2);

test(
  "a fleet from nothing: planned, bootstrapped, recorded in git, and a second run changes nothing",
  async () => {
    await until(() => ALL.every((name) => fleet.machine(name).api === "maintenance"));
    await fleet.lab.settled();
    expect(await status()).toEqual({
      "dc1-mgmt": expect.stringMatching(/^OutOfSync Missing 0\/5 0\/3 - -$/),
      "dc1-old": expect.stringMatching(/^OutOfSync Missing 0\/5 0\/3 - -$/),
    });

    const plan = ended(await fleet.plan(["--detailed-exitcode"]), 2);
    expect(shown(plan)).toMatchInlineSnapshot(`
      "+ the same on 2 machines: install, first contact by a power cycle, then bootstrap etcd
          dc1-old: dc1-r002-u01
          dc1-mgmt: dc1-r001-u01

      + the same on 8 machines: install, first contact by a power cycle
          dc1-old: dc1-r002-u02, dc1-r002-u03, dc1-r002-u04, dc1-r002-u05
          dc1-mgmt: dc1-r001-u02, dc1-r001-u03, dc1-r001-u04, dc1-r001-u05

      cluster dc1-old in dc1
        step 1: dc1-r002-u01
        step 2: dc1-r002-u02
        step 3: dc1-r002-u03
        step 4: dc1-r002-u04
        step 5: dc1-r002-u05

      cluster dc1-mgmt in dc1
        waits for: dc1-old
        step 1: dc1-r001-u01
        step 2: dc1-r001-u02
        step 3: dc1-r001-u03
        step 4: dc1-r001-u04
        step 5: dc1-r001-u05

      Plan: 10 to add, 0 to change, 0 to destroy"
    `);
    expect(ALL.every((name) => fleet.machine(name).api === "maintenance")).toBe(true);

    const applied = ended(await fleet.apply(), 0);
    expect(counts(applied)).toBe("10 done");
    expect(await status()).toEqual(WELL);
    const journal = readFileSync(join(fleet.state, "journal.jsonl"), "utf8");
    const secrets = ALL.flatMap((name) => [...textOf(name).matchAll(/(?:token|key|secret): (\S{20,})/g)]);
    expect(secrets.length).toBeGreaterThan(ALL.length);
    for (const [, secret = ""] of secrets) expect(everything(applied) + journal).not.toContain(secret);
    expect(fleet.git("log", "--format=%s", "-2").trim().split("\n")).toEqual([
      "dc1-mgmt: bootstrapped on dc1-r001-u01",
      "dc1-old: bootstrapped on dc1-r002-u01",
    ]);
    expect(fleet.git("show", `HEAD:${LOCK}`)).toContain("bootstrapped: dc1-r001-u01");
    expect(fleet.git("status", "--short")).toBe("");

    const [commit, boots] = [fleet.git("rev-parse", "HEAD"), bootIds(ALL)];
    const again = ended(await fleet.apply(), 0);
    expect(again).toMatchObject({ stdout: "No changes.\n", stderr: "" });
    expect([fleet.git("rev-parse", "HEAD"), bootIds(ALL)]).toEqual([commit, boots]);
  },
  LIMIT,
);

describe("on a fleet that is as git says,", () => {
  beforeEach(async () => {
    for (let attempt = 1; attempt <= 3; attempt++) {
      await until(() =>
        ALL.every((name) => ["running", "maintenance"].includes(fleet.machine(name).stage ?? "")),
      );
      if ((await fleet.apply(["--outside-window"])).code === 0) break;
    }
    expect(await status()).toEqual(WELL);
  }, LIMIT);

  test(
    "a sysctl reaches every machine in place, without a reboot",
    async () => {
      const boots = bootIds(ALL);
      await sysctl(["dc1-mgmt", "dc1-old"], "262144");

      const plan = ended(await fleet.plan(), 0);
      expect(shown(plan)).toMatchInlineSnapshot(`
        "~ the same on 5 machines: configure, mode auto, impact none
            dc1-old: dc1-r002-u02, dc1-r002-u03, dc1-r002-u01, dc1-r002-u04, dc1-r002-u05
            + v1alpha1: machine.sysctls["vm.max_map_count"]: "262144"

        ~ the same on 5 machines: configure, mode auto, impact none
            dc1-mgmt: dc1-r001-u02, dc1-r001-u03, dc1-r001-u01, dc1-r001-u04, dc1-r001-u05
            + SysctlConfig: params["vm.max_map_count"]: "262144"

        cluster dc1-old in dc1
          step 1: dc1-r002-u02
          step 2: dc1-r002-u03
          step 3: dc1-r002-u01
          step 4: dc1-r002-u04
          step 5: dc1-r002-u05

        cluster dc1-mgmt in dc1
          waits for: dc1-old
          step 1: dc1-r001-u02
          step 2: dc1-r001-u03
          step 3: dc1-r001-u01
          step 4: dc1-r001-u04
          step 5: dc1-r001-u05

        Plan: 0 to add, 10 to change, 0 to destroy"
      `);

      ended(await fleet.apply(), 0);
      expect(bootIds(ALL)).toEqual(boots);
      for (const name of ALL) expect(fleet.machine(name).active?.text, name).toContain("262144");
      expect(await status()).toEqual(WELL);
    },
    LIMIT,
  );

  test(
    "what Talos 1.13 reboots for is done to one machine after another, control planes first",
    async () => {
      const boots = bootIds(OLD.machines);
      await environment();

      const plan = ended(await fleet.plan(), 0);
      expect(shown(plan)).toMatchInlineSnapshot(`
        "~ the same on 5 machines: configure, mode auto, impact reboot, drained first
            dc1-old: dc1-r002-u02, dc1-r002-u03, dc1-r002-u01, dc1-r002-u04, dc1-r002-u05
            because Talos up to 1.13 reboots to apply machine.env
            + v1alpha1: machine.env.GRPC_GO_LOG_VERBOSITY_LEVEL: "65537" (reboot)

        cluster dc1-old in dc1
          step 1: dc1-r002-u02
          step 2: dc1-r002-u03
          step 3: dc1-r002-u01
          step 4: dc1-r002-u04
          step 5: dc1-r002-u05

        Plan: 0 to add, 5 to change, 0 to destroy"
      `);

      const away: string[][] = [];
      const stop = fleet.lab.fleet.onChange(() => {
        away.push(OLD.machines.filter((name) => fleet.machine(name).stage !== "running"));
      });
      const { stderr } = ended(await fleet.apply(), 0);
      stop();
      expect(Math.max(...away.map((names) => names.length))).toBe(1);
      const order = [...new Set(away.flat())];
      expect(order.slice(0, 3).sort()).toEqual(OLD.machines.slice(0, 3));
      expect(order.slice(3)).toEqual(OLD.machines.slice(3));
      expect(bootIds(OLD.machines).filter((id, place) => id === boots[place])).toEqual([]);
      expect(stderr).toContain("dc1-old/dc1-r002-u05: reboot done");
      expect(await status()).toEqual(WELL);
    },
    LIMIT,
  );

  test(
    "a plan that was written down is carried out, except on a machine that changed meanwhile",
    async () => {
      const value = fresh();
      await sysctl(["dc1-old"], value);
      const file = join(fleet.state, "change.json");
      ended(await fleet.plan(["--out", file]), 0);
      const stranger = meddle("dc1-r002-u05");

      expect((await fleet.apply([file, "--max-change", "1"])).stderr).toContain(
        "a plan file is carried out as it is",
      );
      const applied = ended(await fleet.apply([file]), 4);
      expect(applied.stderr).toContain(
        'refused: ICH8003 "dc1-r002-u05" is not as it was when the plan was made: it is running now (plan again)',
      );
      expect(counts(applied)).toBe("4 done, 1 refused");
      expect(textOf("dc1-r002-u05")).toBe(stranger);
      for (const name of OLD.machines.slice(0, 4)) expect(textOf(name), name).toContain(value);
    },
    LIMIT,
  );

  test(
    "a machine that was changed behind git's back is shown and put right",
    async () => {
      const before = textOf("dc1-r001-u04");
      meddle("dc1-r001-u04");

      expect(await status()).toMatchObject({
        "dc1-mgmt": expect.stringMatching(/^OutOfSync /),
        "dc1-old": WELL["dc1-old"],
      });
      const plan = ended(await fleet.plan(["--detailed-exitcode"]), 2);
      expect(shown(plan)).toMatchInlineSnapshot(`
        "~ dc1-r001-u04 of dc1-mgmt: configure, mode auto, impact none
            ~ SysctlConfig: params["net.ipv4.fib_multipath_hash_policy"]: "0" -> "1"

        cluster dc1-mgmt in dc1
          step 1: dc1-r001-u04
          as they should be: 4

        Plan: 0 to add, 1 to change, 0 to destroy"
      `);

      expect(counts(ended(await fleet.apply(), 0))).toBe("1 done");
      expect(textOf("dc1-r001-u04")).toBe(before);
      expect(await status()).toEqual(WELL);
    },
    LIMIT,
  );

  test(
    "a worker that was wiped is installed again",
    async () => {
      await wiped("dc1-r001-u04");
      const plan = ended(await fleet.plan(), 0);
      expect(shown(plan)).toMatchInlineSnapshot(`
        "+ dc1-r001-u04 of dc1-mgmt: install, first contact by a power cycle

        cluster dc1-mgmt in dc1
          step 1: dc1-r001-u04
          as they should be: 4

        Plan: 1 to add, 0 to change, 0 to destroy"
      `);
      expect(counts(ended(await fleet.apply(), 0))).toBe("1 done");
      expect(await status()).toEqual(WELL);
    },
    LIMIT,
  );

  test(
    "a machine that is off is said to be off: by status, whose exit code says it too, and by the plan",
    async () => {
      ended(await fleet.status(["--detailed-exitcode"]), 0);
      powerOff(fleet.machine("dc1-r001-u05"));

      const said = ended(await fleet.status(["-o", "wide", "--detailed-exitcode"]), 2);
      expect(said.stdout).toMatch(/^dc1-mgmt +Unknown +Degraded +4\/5 +3\/3 +\d\/5 +v1\.14\.1$/m);
      expect(said.stdout).toContain(
        "\n  waiting for apid to be ready: failed\n    dc1-r001-u05: it is powered off\n",
      );
      expect(said.stdout).not.toContain("dc1-r002");
      ended(await fleet.status(), 0);
      expect(shown(await fleet.plan())).toContain(
        '! not seen: "dc1-r001-u05" does not answer: it is powered off (ICH7001)',
      );
    },
    LIMIT,
  );

  describe("nothing is written to", () => {
    test(
      "a machine with the UUID of another, running or new",
      async () => {
        const before = textOf("dc1-r002-u05");
        const lie = { uuid: "4c4c4544-0035-5910-8047-c7c04f4d0999" };
        fleet.setFaults("dc1-r002-u05", lie);
        await sysctl(["dc1-old"]);
        const applied = ended(await fleet.apply(), 4);
        expect(applied.stdout).toContain(
          `refused: what answers for "dc1-r002-u05" has the UUID "${lie.uuid}"`,
        );
        expect(counts(applied)).toBe("4 done, 1 refused");
        expect(textOf("dc1-r002-u05")).toBe(before);

        const machine = await wiped("dc1-r002-u05");
        const { bootId } = machine;
        const refused = ended(await fleet.apply(), 3);
        expect(refused.stdout).toContain("(ICH7003)");
        expect([machine.api, machine.bootId, machine.disk]).toEqual(["maintenance", bootId, undefined]);
      },
      LIMIT,
    );

    test(
      "a machine of another cluster",
      async () => {
        const machine = await wiped("dc1-r002-u05");
        const text = textOf("dc1-r001-u05").replaceAll("10.231.0.69", "10.231.0.133");
        applyInLab(machine, { text, mode: "AUTO", dryRun: false, tryTimeout: undefined });
        await until(() => machine.stage === "running");
        await fleet.lab.settled();
        await sysctl(["dc1-old"]);

        const applied = ended(await fleet.apply(), 4);
        expect(applied.stdout).toContain(
          'refused: what answers for "dc1-r002-u05" is no machine of cluster "dc1-old"',
        );
        expect(counts(applied)).toBe("4 done, 1 refused");
        expect(textOf("dc1-r002-u05")).toBe(text);
        await wiped("dc1-r002-u05");
      },
      LIMIT,
    );
  });

  test(
    "a refused configuration stops its cluster, in the words of Talos and with our file and line, and no other",
    async () => {
      const words = 'HostnameConfig: invalid hostname "dc1-r002-u01"';
      fleet.setFaults("dc1-r002-u01", { refuseConfiguration: words });
      const value = fresh();
      await sysctl(["dc1-mgmt", "dc1-old"], value);
      const applied = ended(await fleet.apply(), 4);
      const file = "generated/clusters/dc1/dc1-old/machines/dc1-r002-u01.yaml";
      const lines = readFileSync(join(fleet.root, file), "utf8").split("\n");
      const at = `${file}:${lines.indexOf("hostname: dc1-r002-u01") + 1}:${"hostname: ".length + 1}`;
      expect(applied.stderr).toContain(
        `ICH8007 "dc1-r002-u01" refuses ${at}: ${words} (\`ichor explain dc1-r002-u01 HostnameConfig:hostname\``,
      );
      expect(applied.stderr).toContain('not-started: ICH8013 "dc1-r002-u01" did not succeed: ICH8007');
      expect(ALL.filter((name) => textOf(name).includes(value))).toEqual(MGMT.machines);
    },
    LIMIT,
  );

  test(
    "a control plane that does not come back from its reboot is the last that is touched",
    async () => {
      await environment();
      const boots = new Map(OLD.machines.map((name) => [name, fleet.machine(name).bootId]));
      const untouched = () => OLD.machines.filter((name) => boots.get(name) === fleet.machine(name).bootId);
      const rebooted: string[] = [];
      const applied = await fleet.apply([], {
        haste: 45,
        onProgress: (text) => {
          const name = /\/(\S+): reboot done/.exec(text)?.[1];
          if (name === undefined) return;
          rebooted.push(name);
          if (rebooted.length === 2) powerOff(fleet.machine(name));
        },
      });
      const [, lost = ""] = rebooted;
      ended(applied, 5);
      expect(applied.stderr).toContain("waiting: ICH8008 timed out after 15m: it does not answer");
      expect(counts(applied)).toBe("1 done, 1 waiting, 3 not-started");
      expect(rebooted).toHaveLength(2);
      // The lost one went down and never booted.
      const others = OLD.machines.filter((name) => name !== rebooted[0]);
      expect(untouched()).toEqual(others);

      // While it is away etcd has two members left, and no other may go.
      const waiting = ended(await fleet.apply(), 5);
      expect(waiting.stdout).toContain("(ICH7031)");
      expect(untouched()).toEqual(others);

      powerOn(fleet.machine(lost));
      await until(() => fleet.machine(lost).stage === "running");
      // It has what was staged; its node is given back, and the other three are done.
      expect(counts(ended(await fleet.apply(), 0))).toBe("4 done");
    },
    LIMIT,
  );

  test(
    "`--resume` does what is left of a run that was cut off, and what came since is not part of it",
    async () => {
      const state = ["--state", join(fleet.root, ".git/resumed")];
      expect((await fleet.apply(["--resume", ...state])).stderr).toContain("no run was cut off");
      const interruption = new AbortController();
      const value = fresh();
      await sysctl(["dc1-old"], value);
      const applied = await fleet.apply(["--cluster", "dc1-old", "--max-parallel", "1", ...state], {
        interruption: interruption.signal,
        onProgress: (text) => {
          if (text.includes("u04: done")) interruption.abort();
        },
      });
      expect(counts(ended(applied, 130))).toBe("4 done, 1 not-started");
      meddle("dc1-r001-u05");

      const resumed = ended(await fleet.apply(["--resume", ...state]), 0);
      expect(counts(resumed)).toBe("1 done");
      expect(resumed.stderr).toMatch(/^going on with run \d{8}T\d{6}Z-[0-9a-f]{6}$/m);
      expect(OLD.machines.filter((name) => textOf(name).includes(value))).toEqual(OLD.machines);
      expect((await fleet.apply(["--resume", ...state])).stderr).toContain("no run was cut off");

      await sysctl(["dc1-old"]);
      const again = new AbortController();
      const cut = { interruption: again.signal, onProgress: () => again.abort() };
      ended(await fleet.apply(state, cut), 130);
      await sysctl(["dc1-old"]);
      expect(ended(await fleet.apply(["--resume", ...state]), 1).stderr).toContain(
        "the repository says something else than in run",
      );
      ended(await fleet.apply(state), 0);
    },
    LIMIT,
  );

  test(
    "a run that is interrupted ends what it began, and the next one does the rest",
    async () => {
      const interruption = new AbortController();
      const value = fresh();
      await environment(value);
      const applied = await fleet.apply([], {
        interruption: interruption.signal,
        onProgress: (text) => {
          if (text.includes(": drain done")) interruption.abort();
        },
      });
      ended(applied, 130);
      expect(counts(applied)).toBe("1 done, 4 not-started");
      expect(applied.stderr).toContain("not-started: ICH8014 the run was interrupted");
      expect(await status()).toMatchObject({ "dc1-old": "OutOfSync Healthy 5/5 3/3 5/5 v1.13.9" });
      expect(OLD.machines.filter((name) => textOf(name).includes(value))).toHaveLength(1);

      expect(counts(ended(await fleet.apply(), 0))).toBe("4 done");
    },
    LIMIT,
  );

  test(
    "of two runs at once the second leaves alone the cluster that the first one has",
    async () => {
      await sysctl(["dc1-mgmt", "dc1-old"]);
      let second: Promise<Printed> | undefined;
      const first = await fleet.apply(["--cluster", "dc1-old"], {
        onProgress: (text) => {
          if (text.includes(": configure")) second ??= fleet.apply();
        },
      });
      ended(first, 0);
      const refused = ended(await (second ?? fleet.apply()), 4);
      expect(refused.stderr).toMatch(
        /refused: ICH8001 cluster "dc1-old" is held by run \S+, process \d+ on /,
      );
      expect(counts(refused)).toBe("5 refused, 5 done");
    },
    LIMIT,
  );

  test(
    "a cluster without secrets compiles with a warning and is not touched",
    async () => {
      const root = mkdtempSync(join(tmpdir(), "ichor-bare-"));
      try {
        const compiled = await compileWithoutSecrets(root);
        expect(everything(compiled)).toMatch(/warning ICH\d{4} cluster "dc1-mgmt"/);
        const [boots, texts] = [bootIds(ALL), ALL.map(textOf)];
        const applied = ended(await fleet.apply([], { cwd: root }), 3);
        expect(applied.stdout).toContain("(ICH7020)");
        expect([bootIds(ALL), ALL.map(textOf)]).toEqual([boots, texts]);
      } finally {
        rmSync(root, { recursive: true });
      }
    },
    LIMIT,
  );

  test(
    "`--max-change` lets so many machines be changed and says which are left",
    async () => {
      const value = fresh();
      await sysctl(["dc1-mgmt"], value);
      const applied = ended(await fleet.apply(["--max-change", "2"]), 4);
      expect(applied.stdout.match(/is not changed: `--max-change` allows 2 \(ICH7040\)/g)).toHaveLength(3);
      expect(MGMT.machines.filter((name) => textOf(name).includes(value))).toHaveLength(2);
      expect(counts(ended(await fleet.apply(), 0))).toBe("3 done");
    },
    LIMIT,
  );

  test(
    "`--nodes` changes these machines and no others",
    async () => {
      const value = fresh();
      await sysctl(["dc1-mgmt"], value);
      const [one = ""] = MGMT.machines.slice(-1);
      expect(counts(ended(await fleet.apply(["--nodes", one]), 0))).toBe("1 done");
      expect(MGMT.machines.filter((name) => textOf(name).includes(value))).toEqual([one]);
      expect(counts(ended(await fleet.apply(), 0))).toBe("4 done");
    },
    LIMIT,
  );

  test(
    "a cluster whose window is closed waits, unless somebody says `--outside-window`",
    async () => {
      const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
      const closed = `${days[(new Date().getUTCDay() + 3) % 7]} 01:00-05:00 UTC`;
      const value = fresh();
      await fleet.merge({
        [CLUSTER_FILES["dc1-old"]]: (text) =>
          text.replace("  channel: older\n", `  channel: older\n  rollout: { window: "${closed}" }\n`),
      });
      ended(await fleet.apply(), 0);
      await sysctl(["dc1-old"], value);
      const waiting = ended(await fleet.apply(), 5);
      expect(waiting.stdout).toContain(
        `waits: cluster "dc1-old" is changed in its window only: ${closed} (ICH7024)`,
      );
      expect(OLD.machines.filter((name) => textOf(name).includes(value))).toEqual([]);
      expect(counts(ended(await fleet.apply(["--outside-window"]), 0))).toBe("5 done");
    },
    LIMIT,
  );
});
