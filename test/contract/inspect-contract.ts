import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { TalosEvent } from "../../src/applier/talos-event.ts";
import { connect, open, refusalOf, type Start } from "./machine-under-test.ts";

/** What a machine says of itself beside its resources: kubeconfig, memory, mounts, events. */
export function inspectContract(start: Start): void {
  describe("a kubeconfig", () => {
    test("is made by a control plane with the authority of its configuration", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const config = parse(await admin.kubeconfig());
      expect(config).toMatchObject({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "contract", cluster: { server: "https://127.0.0.1:6443" } }],
        contexts: [
          {
            name: "admin@contract",
            context: { cluster: "contract", namespace: "default", user: "admin@contract" },
          },
        ],
        "current-context": "admin@contract",
      });
      const authority = certificateOf(machine.cluster.bundle.certs.k8s.crt);
      const [{ cluster }] = config.clusters;
      expect(certificateOf(cluster["certificate-authority-data"]).raw).toEqual(authority.raw);
      const [{ name, user }] = config.users;
      expect(name).toBe("admin@contract");
      const certificate = certificateOf(user["client-certificate-data"]);
      expect(certificate.checkIssued(authority) && certificate.verify(authority.publicKey)).toBe(true);
      expect(certificate.subject).toBe("O=system:masters\nCN=admin");
      // In Node's words: for clients alone.
      expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
      expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
      expect(Date.parse(certificate.validTo) - Date.now()).toBeGreaterThan(364 * 86_400_000);
      expect(pemOf(user["client-key-data"])).toContain("EC PRIVATE KEY");
    });

    test("is nothing that a worker has", async () => {
      const machine = await open(start, { type: "worker" });
      const admin = await connect(machine, "os:admin");
      expect(await refusalOf(admin.kubeconfig())).toMatchObject({
        code: "unimplemented",
        details: "kubeconfig is only available on control plane nodes",
      });
    });
  });

  describe("see", () => {
    test("the memory in bytes", async () => {
      const machine = await open(start);
      const reader = await connect(machine, "os:reader");
      expect(await reader.memory()).toEqual({ total: machine.facts.memory });
    });

    test("what is mounted, in bytes", async () => {
      const machine = await open(start);
      const reader = await connect(machine, "os:reader");
      const mounts = await reader.mounts();
      const { mount } = machine.facts;
      const found = mounts.find(({ mountedOn }) => mountedOn === mount.mountedOn);
      expect(found).toEqual(mount);
      expect(found?.available).toBeGreaterThan(0);
      expect(found?.available).toBeLessThanOrEqual(found?.size ?? 0);
    });
  });

  describe("hear events", () => {
    test("from their beginning on, until the reader ends them", async () => {
      const machine = await open(start);
      const reader = await connect(machine, "os:reader");
      const end = new AbortController();
      const events = reader.events(end.signal)[Symbol.asyncIterator]();
      const next = async (): Promise<TalosEvent> => (await events.next()).value as TalosEvent;
      const first = await next();
      expect(first).toMatchObject({ kind: "begun", actor: "" });
      await machine.changeStatus();
      let event = await next();
      const ids = [first.id, event.id];
      while (event.kind !== "machine-status") {
        expect(["sequence", "service"]).toContain(event.kind);
        event = await next();
        ids.push(event.id);
      }
      expect(event).toMatchObject({ stage: "rebooting", ready: expect.any(Boolean) });
      for (const id of ids) expect(id).toMatch(/^[0-9a-v]{20}$/);
      expect(ids).toEqual([...new Set(ids)].sort());
      end.abort();
      await expect.poll(async () => (await events.next()).done).toBe(true);
    });

    test("no more where the connection is cut, and that is an error", async () => {
      const machine = await open(start);
      const reader = await connect(machine, "os:reader");
      const events = reader.events(new AbortController().signal)[Symbol.asyncIterator]();
      await events.next();
      await machine.cut();
      expect(await refusalOf(events.next())).toMatchObject({ code: "unavailable" });
    });
  });
}

function certificateOf(base64: string): X509Certificate {
  return new X509Certificate(pemOf(base64));
}

function pemOf(base64: string): string {
  return Buffer.from(base64, "base64").toString("latin1");
}
