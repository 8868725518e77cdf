import { describe, expect, test } from "vitest";
import { all, connect, open, refusalOf, type Start, until } from "./machine-under-test.ts";

/** Numbers of members have 64 bits: one that went through a JavaScript number would name another member. */
export function etcdContract(start: Start): void {
  describe("speak of etcd:", () => {
    test("its members and this machine's own, with their exact numbers", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const members = await admin.etcdMembers();
      expect(members).toHaveLength(3);
      for (const { id, hostname, peerUrls, isLearner } of members) {
        expect(id).toMatch(/^[1-9]\d*$/);
        expect(hostname).not.toBe("");
        expect(peerUrls.join()).toMatch(/^https:\/\//);
        expect(isLearner).toBe(false);
      }
      const known = machine.facts.etcdIds;
      if (known !== undefined) expect(members.map(({ id }) => id)).toEqual(known);
      const status = await admin.etcdStatus();
      expect(members.map(({ id }) => id)).toContain(status.memberId);
      expect(status).toMatchObject({ isLearner: false, errors: [], leader: status.memberId });
      expect(BigInt(status.raftIndex)).toBeGreaterThan(0n);
    });

    test("leadership goes to another member", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const { memberId } = await admin.etcdStatus();
      await admin.forfeitEtcdLeadership();
      await until(async () => !["0", memberId].includes((await admin.etcdStatus()).leader));
      // Whoever does not lead has nothing to give up, and that is no error.
      await admin.forfeitEtcdLeadership();
    });

    test("the only member keeps its leadership", async () => {
      const machine = await open(start, { etcdMembers: 1 });
      const admin = await connect(machine, "os:admin");
      const { details } = await refusalOf(admin.forfeitEtcdLeadership());
      expect(details).toContain("only one member");
    });

    test("a member is removed by its exact number, and there is no other of that number", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const before = (await admin.etcdMembers()).map(({ id }) => id);
      const { memberId } = await admin.etcdStatus();
      const [other] = before.filter((id) => id !== memberId);
      const beside = String(BigInt(other ?? "0") ^ 1n);
      expect(await refusalOf(admin.removeEtcdMember(beside))).toMatchObject({
        code: "not-found",
        details: expect.stringContaining("member not found"),
      });
      await admin.removeEtcdMember(other ?? "");
      expect((await admin.etcdMembers()).map(({ id }) => id)).toEqual(before.filter((id) => id !== other));
    });

    test("a snapshot comes in pieces", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const pieces = await all(admin.etcdSnapshot());
      expect(Buffer.concat(pieces).length).toBeGreaterThan(0);
    });

    test("on a worker there is none", async () => {
      const machine = await open(start, { type: "worker" });
      const admin = await connect(machine, "os:admin");
      const calls = [
        () => admin.etcdMembers(),
        () => admin.etcdStatus(),
        () => admin.bootstrap(),
        () => admin.removeEtcdMember("1"),
        () => admin.forfeitEtcdLeadership(),
        () => all(admin.etcdSnapshot()),
      ];
      for (const call of calls)
        expect(await refusalOf(call())).toMatchObject({
          code: "unimplemented",
          details: expect.stringContaining("only available on control plane nodes"),
        });
    });
  });

  describe("bootstrap etcd", () => {
    test("once", async () => {
      const machine = await open(start, { etcdMembers: 0 });
      const admin = await connect(machine, "os:admin");
      await admin.bootstrap();
      await until(async () => (await refusalOf(admin.etcdMembers())).code === "none");
      expect(await admin.etcdMembers()).toHaveLength(1);
      expect(await refusalOf(admin.bootstrap())).toMatchObject({
        code: "already-exists",
        details: "etcd data directory is not empty",
      });
    });

    test("not while the machine still boots", async () => {
      const machine = await open(start, { etcdMembers: 0, canBootstrap: false });
      const admin = await connect(machine, "os:admin");
      expect(await refusalOf(admin.bootstrap())).toMatchObject({
        code: "failed-precondition",
        details: "bootstrap is not available yet",
      });
    });

    test("never where there are members", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      expect(await refusalOf(admin.bootstrap())).toMatchObject({ code: "already-exists" });
    });
  });
}
