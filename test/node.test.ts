import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { powerOff, powerOn } from "../src/lab/lifecycle.ts";
import type { Printed } from "./support/ichor.ts";
import { CLUSTER_FILES, type LabFleet, startLabFleet } from "./support/lab-fleet.ts";

/** What operators do to single machines, on the fleet of `support/lab-fleet.ts`: `ichor node` beside plan and apply. */

const LIMIT = 120_000;
const U = ["u01", "u02", "u03", "u04", "u05"];
const MGMT = U.map((u) => `dc1-r001-${u}`);
const OLD = U.map((u) => `dc1-r002-${u}`);
const ALL = [...MGMT, ...OLD];
const WHY = "its fans fail";

let fleet: LabFleet;

beforeAll(async () => {
  fleet = await startLabFleet(1);
}, LIMIT);

afterAll(async () => {
  // Where the machines did not come up there are none.
  await (fleet as LabFleet | undefined)?.stop();
});

beforeEach(async () => {
  for (const name of ALL) powerOn(fleet.machine(name));
  await until(() =>
    ALL.every((name) => ["running", "maintenance"].includes(fleet.machine(name).stage ?? "")),
  );
  await fleet.lab.settled();
  ended(await fleet.node(["unlock", "*"]), 0);
  if (fleet.git("status", "--short") !== "") {
    fleet.git("add", "--all");
    fleet.git("commit", "--quiet", "--message", "locks");
  }
  for (let attempt = 1; attempt <= 3 && (await fleet.apply()).code !== 0; attempt++);
  ended(await fleet.plan(["--detailed-exitcode"]), 0);
}, LIMIT);

async function until(isTrue: () => boolean): Promise<void> {
  await expect.poll(isTrue, { timeout: 30_000, interval: 20 }).toBe(true);
}

/** A command that has to end so. */
function ended(printed: Printed, code: number): Printed {
  expect(printed.code, printed.stdout + printed.stderr).toBe(code);
  return printed;
}

const counts = ({ stderr }: Printed) => stderr.trim().split("\n").at(-2);
const textOf = (name: string) => fleet.machine(name).persistent?.text ?? "";
const bootsOf = (names: readonly string[]) => names.map((name) => fleet.machine(name).bootId);
const rebooted = (names: readonly string[], before: readonly unknown[]) =>
  names.filter((name, place) => fleet.machine(name).bootId !== before[place]);

const lock = (...args: readonly string[]) => fleet.node(["lock", ...args]);
const reboot = (...args: readonly string[]) => fleet.node(["reboot", ...fleet.flags.run, ...args]);

let changes = 0;

/** Merges another value of a sysctl for a cluster, which its machines take without a reboot. */
async function sysctl(cluster: keyof typeof CLUSTER_FILES): Promise<string> {
  const value = String(65_536 + ++changes);
  const values = { "vm.max_map_count": value };
  const patch =
    cluster === "dc1-old"
      ? { machine: { sysctls: values } }
      : { apiVersion: "v1alpha1", kind: "SysctlConfig", params: values };
  await fleet.merge({
    [CLUSTER_FILES[cluster]]: (text) => {
      const list = text.includes("\n  patches:\n") ? text : `${text.trimEnd()}\n  patches:\n`;
      return `${list}    - ${JSON.stringify(patch)}\n`;
    },
  });
  return value;
}

describe("a locked machine", () => {
  test(
    "is left alone and everybody reads why, until it is unlocked; the others go on",
    async () => {
      const generated = fleet.git("rev-parse", "HEAD:generated");
      const locked = ended(await lock("dc1-r001-u04", "--reason", WHY), 0);
      expect(locked.stdout).toBe(`locked dc1-r001-u04: ${WHY}\n`);
      expect(locked.stderr).toContain(
        'git add --all locks/dc1-r001-u04.yaml && git commit --message "Lock dc1-r001-u04" -- locks/dc1-r001-u04.yaml',
      );
      expect(fleet.git("status", "--short", "--untracked-files=all")).toBe("?? locks/dc1-r001-u04.yaml\n");
      const before = textOf("dc1-r001-u04");
      const value = await sysctl("dc1-mgmt");
      expect(fleet.git("rev-parse", "HEAD:generated")).not.toBe(generated);

      expect(ended(await fleet.plan(), 0).stdout).toContain(
        `  ! refused: "dc1-r001-u04" is locked: ${WHY} (ICH7008)\n      hint: \`ichor node unlock dc1-r001-u04\` ends that`,
      );
      expect(counts(ended(await fleet.apply(), 4))).toBe("4 done, 1 refused");
      expect(textOf("dc1-r001-u04")).toBe(before);

      const unlocked = ended(await fleet.node(["unlock", "dc1-r001-u04"]), 0);
      expect(unlocked.stdout).toBe(`unlocked dc1-r001-u04: ${WHY}\n`);
      expect(unlocked.stderr).toContain('git commit --message "Unlock dc1-r001-u04"');
      expect(counts(ended(await fleet.apply(), 0))).toBe("1 done");
      expect(textOf("dc1-r001-u04")).toContain(value);
    },
    LIMIT,
  );

  test(
    "counts from the moment on in which the lock is written, also for a run that goes on",
    async () => {
      await sysctl("dc1-old");
      const before = textOf("dc1-r002-u05");
      let locking: Promise<Printed> | undefined;
      const applied = await fleet.apply([], {
        onProgress: () => {
          locking ??= lock("dc1-r002-u05", "--reason", WHY);
        },
      });
      ended(await (locking ?? Promise.reject(new Error("the run said nothing"))), 0);
      ended(applied, 4);
      expect(applied.stderr).toContain(`refused: ICH7008 "dc1-r002-u05" is locked: ${WHY}`);
      expect(counts(applied)).toBe("4 done, 1 refused");
      expect(textOf("dc1-r002-u05")).toBe(before);
    },
    LIMIT,
  );

  test(
    "is free again after the last day of the lock, by the calendar of UTC",
    async () => {
      const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
      const write = (name: string, until: string) => {
        mkdirSync(join(fleet.root, "locks"), { recursive: true });
        const text = `apiVersion: ichor/v1alpha1\nkind: Lock\nmetadata: { name: ${name} }\nspec: { reason: a, until: ${until} }\n`;
        writeFileSync(join(fleet.root, `locks/${name}.yaml`), text);
      };
      await sysctl("dc1-old");
      write("dc1-r002-u04", day(-1));
      write("dc1-r002-u05", day(1));
      const plan = ended(await fleet.plan(), 0).stdout;
      expect(plan).not.toContain('"dc1-r002-u04" is locked');
      expect(plan).toContain(`"dc1-r002-u05" is locked: a (until ${day(1)})`);
      expect(counts(ended(await fleet.apply(), 4))).toBe("4 done, 1 refused");

      const again = ended(await lock("dc1-r002-u04", "--reason", WHY, "--until", day(1)), 0);
      expect(again.stdout).toBe(
        `locked dc1-r002-u04: ${WHY} (until ${day(1)}); the lock before is over: a (until ${day(-1)})\n`,
      );
    },
    LIMIT,
  );

  test("is locked once, for one reason, and all that are named or none", async () => {
    ended(await lock("dc1-r001-u0?", "--rack", "dc1-r001", "--reason", WHY), 0);
    for (const name of MGMT) expect(existsSync(join(fleet.root, `locks/${name}.yaml`))).toBe(true);
    const file = join(fleet.root, "locks/dc1-r001-u01.yaml");
    const before = readFileSync(file, "utf8");

    expect(ended(await lock("dc1-r001-u01", "--reason", ` ${WHY}\n`), 0).stdout).toBe(
      `dc1-r001-u01 is locked already: ${WHY}\n`,
    );
    const other = ended(await lock("dc1-r001-u01,dc1-r002-u01", "--reason", "another"), 1);
    expect(other.stderr).toContain(`"dc1-r001-u01" is locked for another reason: ${WHY}`);
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(existsSync(join(fleet.root, "locks/dc1-r002-u01.yaml"))).toBe(false);

    const longer = ended(await lock("dc1-r001-u01", "--reason", WHY, "--until", "2999-12-31"), 0);
    expect(longer.stdout).toBe(`dc1-r001-u01 is locked until 2999-12-31 now: ${WHY}\n`);
    expect(ended(await fleet.node(["unlock", "dc1-r002-u01"]), 0)).toMatchObject({
      stdout: "dc1-r002-u01 is not locked\n",
      stderr: "",
    });
  });

  test.each<[string, readonly string[], string]>([
    ["no reason", ["dc1-r001-u01", "--reason", " "], "say with --reason why"],
    ["an unknown name", ["dc1-r001-u1", "--reason", WHY], '(did you mean "dc1-r001-u01"?)'],
    [
      "a day that there is not",
      ["dc1-r001-u01", "--reason", WHY, "--until", "2999-02-29"],
      'no date "2999-02-29"',
    ],
    [
      "a day that is over",
      ["dc1-r001-u01", "--reason", WHY, "--until", "2020-02-29"],
      "2020-02-29 is over, today is",
    ],
    ["a secret", ["dc1-r001-u01", "--reason", `AGE-SECRET-KEY-1${"Q".repeat(58)}`], "ICH9301"],
  ])("is not made with %s", async (_, args, words) => {
    expect(ended(await lock(...args), 1).stderr).toContain(words);
    expect(fleet.git("status", "--short")).toBe("");
  });
});

describe("a reboot", () => {
  test(
    "of a whole cluster takes one control plane after another, then the workers, and configures nothing",
    async () => {
      await sysctl("dc1-old");
      const texts = OLD.map(textOf);
      const before = bootsOf(ALL);
      const away: string[][] = [];
      const stop = fleet.lab.fleet.onChange(() => {
        away.push(OLD.filter((name) => fleet.machine(name).stage !== "running"));
      });
      const printed = ended(await reboot("*", "--cluster", "dc1-old"), 0);
      stop();

      expect(printed.stdout).toContain("~ the same on 5 machines: drain and reboot\n");
      expect(printed.stdout).toContain("because reboot: somebody asked for it with `ichor node reboot`");
      expect(printed.stdout).toContain("Plan: 0 to add, 5 to change, 0 to destroy");
      expect(counts(printed)).toBe("5 done");
      expect(rebooted(ALL, before)).toEqual(OLD);
      expect(Math.max(...away.map((names) => names.length))).toBe(1);
      const order = [...new Set(away.flat())];
      expect(order.slice(0, 3).toSorted()).toEqual(OLD.slice(0, 3));
      expect(OLD.map(textOf)).toEqual(texts);
      const journal = readFileSync(join(fleet.state, "journal.jsonl"), "utf8");
      expect(journal).toContain('"step":"drain"');
      expect(nodes("dc1-old").filter(({ unschedulable }) => unschedulable)).toEqual([]);
    },
    LIMIT,
  );

  test(
    "says where it puts something in force that is staged",
    async () => {
      const value = await sysctl("dc1-mgmt");
      ended(await fleet.apply(["-n", "dc1-r001-u05", "--mode", "staged"]), 0);
      const shown = ended(await reboot("dc1-r001-u05", "--dry-run"), 0).stdout;
      expect(shown).toContain(
        "note: dc1-r001-u05: what git says is staged: it is in force after this reboot",
      );
      expect(fleet.machine("dc1-r001-u05").active?.text).not.toContain(value);
      ended(await reboot("dc1-r001-u05"), 0);
      expect(fleet.machine("dc1-r001-u05").active?.text).toContain(value);
    },
    LIMIT,
  );

  test(
    "asks, and is held back by a lock and by a control plane that is away",
    async () => {
      const before = bootsOf(ALL);
      const asked = await fleet.node(["reboot", ...fleet.flags.lab, "dc1-r001-u01"]);
      expect(ended(asked, 1).stderr).toContain("nothing was done");

      ended(await lock("dc1-r001-u04", "--reason", WHY), 0);
      expect(ended(await reboot("dc1-r001-u04"), 3).stdout).toContain(`is locked: ${WHY} (ICH7008)`);

      powerOff(fleet.machine("dc1-r001-u02"));
      const held = ended(await reboot("dc1-r001-u01", "dc1-r001-u05"), 5).stdout;
      expect(held).toContain("(ICH7031)");
      expect(held).toContain("(ICH7037)");
      expect(rebooted(ALL, before)).toEqual([]);
    },
    LIMIT,
  );
});

/** The nodes of a cluster as its Kubernetes has them. */
function nodes(cluster: string) {
  return [...(fleet.lab.kubernetes.named(cluster)?.nodes.values() ?? [])];
}

/** Pods on a node that have to go when it is drained. */
function podsOn(cluster: string, node: string): readonly string[] {
  const pods = [...(fleet.lab.kubernetes.named(cluster)?.pods.values() ?? [])];
  return pods
    .filter((pod) => pod.node === node && !pod.mirror && pod.owner?.kind !== "DaemonSet")
    .map(({ name }) => name);
}

describe("a drained node", () => {
  const NODE = "dc1-r002-u04";
  const drain = (...args: readonly string[]) => fleet.node(["drain", ...fleet.flags.lab, ...args]);
  const uncordon = (...args: readonly string[]) => fleet.node(["uncordon", ...fleet.flags.lab, ...args]);
  const nodeOf = (name: string) => nodes("dc1-old").find((node) => node.name === name);

  test(
    "has none of its pods and gets no new ones until somebody says so: no run of ichor does",
    async () => {
      const name = OLD.find((one) => podsOn("dc1-old", one).length > 0) ?? "";
      const drained = ended(await drain(name), 0);
      expect(drained.stdout).toBe(`${name}: no new pods\n${name}: drained\n`);
      expect(podsOn("dc1-old", name)).toEqual([]);
      expect(nodeOf(name)).toMatchObject({ unschedulable: true });
      expect(nodeOf(name)?.annotations).not.toHaveProperty(["ichor.dev/cordoned-by"]);

      ended(await fleet.plan(["--detailed-exitcode"]), 0);
      ended(await reboot(name), 0);
      ended(await fleet.apply(), 0);
      expect(nodeOf(name)?.unschedulable).toBe(true);
      expect(podsOn("dc1-old", name)).toEqual([]);

      expect(ended(await uncordon(name), 0).stdout).toBe(`${name}: schedulable again\n`);
      expect(ended(await uncordon(name), 0).stdout).toBe(`${name}: schedulable already\n`);
    },
    LIMIT,
  );

  test(
    "may be locked: a lock is for runs of ichor, not for the person who prepares work on the machine",
    async () => {
      ended(await lock(NODE, "--reason", WHY), 0);
      ended(await drain(NODE), 0);
      expect(nodeOf(NODE)?.unschedulable).toBe(true);
      ended(await uncordon(NODE), 0);
      expect(nodeOf(NODE)?.unschedulable).toBe(false);
    },
    LIMIT,
  );

  test("is none where a name is mistyped, or a time", async () => {
    expect(ended(await drain("dc1-r002-u4"), 1).stderr).toContain("did you mean");
    expect(ended(await drain(NODE, "--timeout", "soon"), 1).stderr).toContain('"soon" is no length of time');
    expect(nodeOf(NODE)?.unschedulable).toBe(false);
  });
});
