import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  type Documents,
  type LabCluster,
  labCluster,
  labMachines,
} from "../../test/contract/fixtures/lab-cluster.ts";
import { fileOfArchive } from "../applier/drivers/talos/archive.ts";
import { eventOf } from "../applier/drivers/talos/events.ts";
import type { Event } from "../applier/drivers/talos/proto/messages.ts";
import type { TalosEvent } from "../applier/talos-event.ts";
import { createAuthority } from "../secrets/pki/certificate.ts";
import { encodeBase64 } from "../secrets/pki/pem.ts";
import { ApiError } from "./api-error.ts";
import { apply } from "./apply.ts";
import { tellEvents } from "./events.ts";
import { kubeconfigArchive } from "./kubeconfig.ts";
import { createLab } from "./lab.ts";
import { powerOn, reboot } from "./lifecycle.ts";
import type { Machine } from "./machine.ts";
import { mountsOf } from "./mounts.ts";

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 21, 12);

let cluster: LabCluster;
let kubernetes: { readonly certificate: string; readonly key: string };
let accepted: string;
beforeAll(async () => {
  const authority = () =>
    createAuthority({
      subject: { organizations: ["kubernetes"] },
      algorithm: "ECDSA P-256",
      now: new Date(NOW - MINUTE),
    });
  cluster = await labCluster("recent", "v1.14");
  kubernetes = await authority();
  accepted = (await authority()).certificate;
});

function inLab() {
  const lab = createLab({ machines: labMachines(1, 1, "v1.14.1"), speed: 0, seed: "s", talos: "v1.14.1" });
  const machine = lab.fleet.find("m0");
  if (machine === undefined) throw new Error("there is no machine");
  return { lab, machine };
}

function running(type: "controlplane" | "worker", change?: (documents: Documents) => void) {
  const { lab, machine } = inLab();
  powerOn(machine);
  lab.clock.advance(3 * MINUTE);
  const text = cluster.config(machine.spec, type, change);
  apply(machine, { text, mode: "AUTO", dryRun: false, tryTimeout: undefined });
  lab.clock.advance(5 * MINUTE);
  return { lab, machine };
}

describe("a kubeconfig is made", () => {
  const ofV1Alpha1 = ([main]: Documents) => {
    Object.assign(main?.["cluster"], {
      controlPlane: { endpoint: "https://10.0.0.1:6443" },
      ca: { crt: encodeBase64(kubernetes.certificate), key: encodeBase64(kubernetes.key) },
      acceptedCAs: [{ crt: encodeBase64(accepted) }],
    });
  };
  const ofDocuments = (documents: Documents) => {
    documents.push(
      {
        apiVersion: "v1alpha1",
        kind: "KubeClusterConfig",
        clusterName: "recent",
        endpoint: "https://10.0.0.1:6443",
      },
      {
        apiVersion: "v1alpha1",
        kind: "KubeAPIServerCAConfig",
        issuingCA: { cert: kubernetes.certificate, key: kubernetes.key },
        acceptedCAs: [accepted],
      },
    );
  };

  test.each([
    ["the v1alpha1 document", ofV1Alpha1],
    ["documents of Talos 1.14", ofDocuments],
  ])("of %s", (_, change) => {
    const { machine } = running("controlplane", change);
    const file = fileOfArchive(kubeconfigArchive(machine, NOW), "kubeconfig")?.toString() ?? "";
    const { clusters, users, "current-context": current } = parse(file);
    expect(current).toBe("admin@recent");
    expect(clusters[0]).toMatchObject({ name: "recent", cluster: { server: "https://10.0.0.1:6443" } });
    const pem = (text: string) => Buffer.from(text, "base64").toString("latin1");
    const trusted = pem(clusters[0].cluster["certificate-authority-data"]).match(
      /-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g,
    );
    expect(trusted?.map((one) => `${one}\n`).sort()).toEqual([kubernetes.certificate, accepted].sort());
    const certificate = new X509Certificate(pem(users[0].user["client-certificate-data"]));
    expect(certificate.verify(new X509Certificate(kubernetes.certificate).publicKey)).toBe(true);
    expect(Date.parse(certificate.validTo)).toBe(NOW + 365 * 24 * 60 * MINUTE);
  });

  test.each([
    ["controlplane", "UNKNOWN: error getting Kubernetes CA: there is none"],
    ["worker", "UNIMPLEMENTED: kubeconfig is only available on control plane nodes"],
  ] as const)("by no %s that has no authority for it", (type, words) => {
    const { machine } = running(type);
    let said = "";
    try {
      kubeconfigArchive(machine, NOW);
    } catch (error) {
      if (error instanceof ApiError) said = `${error.code}: ${error.message}`;
    }
    // A worker alone has no certificate and no API, but it says the same.
    expect(said).toBe(words);
  });
});

describe("events tell a machine's life", () => {
  function listen(lab: ReturnType<typeof inLab>["lab"], machine: Machine) {
    const heard: TalosEvent[] = [];
    const end = new AbortController();
    const send = (message: unknown) => {
      const event = { metadata: null, actorId: "", data: null, ...(message as Partial<Event>) } as Event;
      heard.push(eventOf(event));
    };
    const told = tellEvents(machine, { send, ended: end.signal }, (of, listener) =>
      lab.fleet.onChange((changed) => {
        if (changed === of) listener();
      }),
    );
    const stop = () => {
      end.abort();
      return told;
    };
    return { heard, stop };
  }

  test("from the network to a running machine, and into its next boot", async () => {
    const { lab, machine } = inLab();
    const { heard, stop } = listen(lab, machine);
    powerOn(machine);
    lab.clock.advance(3 * MINUTE);
    const text = cluster.config(machine.spec, "worker");
    apply(machine, { text, mode: "AUTO", dryRun: false, tryTimeout: undefined });
    lab.clock.advance(5 * MINUTE);
    reboot(machine, "DEFAULT");
    lab.clock.advance(1000);
    await stop();
    const { length } = heard;
    lab.clock.advance(MINUTE);
    expect(heard).toHaveLength(length);

    expect(heard[0]).toMatchObject({ kind: "begun" });
    const stages = heard.flatMap((event) => (event.kind === "machine-status" ? [event.stage] : []));
    expect([...new Set(stages)]).toEqual(["maintenance", "booting", "rebooting", "running"]);
    const sequences = heard.flatMap((event) =>
      event.kind === "sequence" ? [`${event.sequence} ${event.action}`] : [],
    );
    // It installed itself and booted again before it came to the reboot that it was asked for.
    expect(sequences).toEqual(["boot start", "reboot start", "boot start", "boot stop", "reboot start"]);
    const kubelet = heard.flatMap((event) =>
      event.kind === "service" && event.service === "kubelet" ? [event.state] : [],
    );
    expect(kubelet).toEqual(["preparing", "running", "finished"]);
    expect(heard).toContainEqual(
      expect.objectContaining({
        kind: "address",
        hostname: "m0",
        addresses: [machine.spec.loopback, machine.spec.bootstrap],
      }),
    );
    const ids = heard.map(({ id }) => id);
    expect(ids.every((id) => /^[0-9a-v]{20}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test("memory filesystems are mounted always, the disk once it runs from there", () => {
  const { machine } = inLab();
  expect(mountsOf(machine).map(({ mountedOn }) => mountedOn)).toEqual(["/", "/run"]);
  const installed = running("worker").machine;
  expect(mountsOf(installed).map(({ filesystem, mountedOn }) => [filesystem, mountedOn])).toEqual([
    ["/dev/loop0", "/"],
    ["tmpfs", "/run"],
    ["/dev/nvme0n1p3", "/system/state"],
    ["/dev/nvme0n1p4", "/var"],
  ]);
});
