import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { ApplyRequest, TalosApi } from "../../src/applier/talos-api.ts";
import { BIG, bigDocument, type ConfigChange, type ContractCluster } from "./cluster.ts";
import { connect, type Differences, open, refusalOf, type Start, until } from "./machine-under-test.ts";

const CONFIG = { namespace: "config", type: "MachineConfigs.config.talos.dev" };

/** Configurations that Talos refuses, and a word of why that has to arrive. */
const MISTAKES: Readonly<
  Record<string, { readonly text: (cluster: ContractCluster) => string; readonly word: RegExp }>
> = {
  "no YAML": { text: () => "machine: [\n", word: /decode error|yaml/ },
  "unknown kind": { text: withDocument({ apiVersion: "v1alpha1", kind: "Nonsense" }), word: /Nonsense/ },
  "unknown field": { text: with_({ machine: { nonsense: true } }), word: /nonsense/ },
  "unknown field of a document": {
    text: withDocument({ apiVersion: "v1alpha1", kind: "WatchdogTimerConfig", nonsense: true }),
    word: /nonsense/,
  },
  "wrong type of a value": { text: with_({ machine: { sysctls: ["a"] } }), word: /cannot construct !!seq/ },
  "no endpoint": { text: with_({ cluster: { controlPlane: {} } }), word: /endpoint/ },
  "two documents of one name": {
    text: withDocument({ apiVersion: "v1alpha1", kind: "HostnameConfig", hostname: "m9" }),
    word: /HostnameConfig/,
  },
  "main document missing": {
    text: () => "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: m1\n",
    word: /v1alpha1/,
  },
};

function with_(change: ConfigChange): (cluster: ContractCluster) => string {
  return (cluster) => cluster.config(change);
}

function withDocument(document: unknown): (cluster: ContractCluster) => string {
  return with_({ documents: [document] });
}

/** What becomes of configurations. */
export function applyContract(start: Start, differences: Differences): void {
  describe("apply", () => {
    test.each(["auto", "no-reboot"] as const)("in mode %s at once, kept as it was sent", async (mode) => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const text = machine.cluster.config({ hostname: "m7" });
      const answer = await admin.applyConfiguration({ text, mode, dryRun: false });
      expect(answer).toEqual({ mode: "no-reboot", warnings: [], details: expect.any(String) });
      expect(await configsOf(admin)).toEqual({ active: text, persistent: text });
    });

    test("staged: for the next boot alone", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const text = machine.cluster.config({ hostname: "m7" });
      const answer = await admin.applyConfiguration({ text, mode: "staged", dryRun: false });
      expect(answer).toMatchObject({ mode: "staged" });
      expect(await configsOf(admin)).toEqual({ active: machine.facts.config, persistent: text });
    });

    test("for a try: the machine goes back by itself", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const text = machine.cluster.config({ hostname: "m7" });
      const request: ApplyRequest = {
        text,
        mode: "try",
        dryRun: false,
        tryTimeout: 2500 * machine.facts.speed,
      };
      expect(await admin.applyConfiguration(request)).toMatchObject({ mode: "try" });
      expect(await configsOf(admin)).toEqual({ active: text, persistent: machine.facts.config });
      await until(async () => (await configsOf(admin)).active === machine.facts.config);
    });

    test("for a try that is confirmed by applying it for good", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const text = machine.cluster.config({ hostname: "m7" });
      await admin.applyConfiguration({
        text,
        mode: "try",
        dryRun: false,
        tryTimeout: 1000 * machine.facts.speed,
      });
      await admin.applyConfiguration({ text, mode: "auto", dryRun: false });
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(await configsOf(admin)).toEqual({ active: text, persistent: text });
    });

    test.each(["auto", "no-reboot", "staged", "try"] as const)(
      "as a dry run in mode %s: says what differs and changes nothing",
      async (mode) => {
        const machine = await open(start);
        const admin = await connect(machine, "os:admin");
        const text = machine.cluster.config({ hostname: "m7" });
        const answer = await admin.applyConfiguration({ text, mode, dryRun: true });
        expect(answer.mode).toBe(mode === "auto" ? "no-reboot" : mode);
        expect(answer.details).toMatch(/^-.*hostname\W+m1\W*$/m);
        expect(answer.details).toMatch(/^\+.*hostname\W+m7\W*$/m);
        expect(await configsOf(admin)).toEqual({
          active: machine.facts.config,
          persistent: machine.facts.config,
        });
      },
    );

    test("as a dry run of what is there: nothing differs", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const text = machine.facts.config ?? "";
      const { details } = await admin.applyConfiguration({ text, mode: "auto", dryRun: true });
      expect(details).toContain("No changes.");
    });

    test("five megabytes, and read them back", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const text = machine.cluster.config({ documents: [bigDocument(BIG)] });
      expect(text.length).toBeGreaterThan(BIG);
      await admin.applyConfiguration({ text, mode: "auto", dryRun: false });
      const { active, persistent } = await configsOf(admin);
      // Not by toEqual: a difference would be printed.
      expect(active === text && persistent === text).toBe(true);
    });
  });

  describe("refuse a configuration with the machine's words:", () => {
    const seen = Object.entries(MISTAKES).filter(([name]) => differences.unseen[name] === undefined);
    test.each(seen)("%s", async (_, { text, word }) => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      for (const dryRun of [true, false]) {
        const request: ApplyRequest = { text: text(machine.cluster), mode: "auto", dryRun };
        const refusal = await refusalOf(admin.applyConfiguration(request));
        expect(refusal).toMatchObject({ code: "invalid-argument", machine: "m1" });
        expect(refusal.details).toMatch(word);
      }
      expect((await configsOf(admin)).persistent).toBe(machine.facts.config);
    });

    test("in words too long for HTTP/2: nobody knows what became of it, and the next call comes through", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const twice = { apiVersion: "v1alpha1", kind: "ExtensionServiceConfig", name: "x".repeat(100_000) };
      const text = machine.cluster.config({ documents: [twice, twice] });
      const refusal = await refusalOf(admin.applyConfiguration({ text, mode: "auto", dryRun: false }));
      expect(refusal).toMatchObject({ code: "unavailable", machine: "m1" });
      expect(refusal.details).toContain("our end broke the connection off");
      expect((await admin.version()).tag).toBe(machine.facts.talos);
      expect((await configsOf(admin)).persistent).toBe(machine.facts.config);
    });
  });
}

async function configsOf(api: TalosApi): Promise<{ readonly active: unknown; readonly persistent: unknown }> {
  const found = await api.listResources(CONFIG);
  const textOf = (id: string): unknown => parse(found.find((resource) => resource.id === id)?.yaml ?? "");
  return { active: textOf("v1alpha1"), persistent: textOf("persistent") };
}
