/** Handlebars templates of the iPXE scripts, as text: the compiler reads no files besides the repository's. */
export interface IpxeTemplates {
  /** Gets {@link EntryContext}. */
  readonly entry: string;
  /** Gets {@link ServerContext}. */
  readonly server: string;
}

/** What the entry script of a site is made from. */
export interface EntryContext {
  readonly site: string;
}

/** What the script of a server is made from. */
export interface ServerContext {
  readonly server: string;
  readonly talos: string;
  readonly kernel: string;
  readonly initramfs: string;
  /** Without `initrd=`. */
  readonly cmdline: string;
  /** Whether an iPXE without HTTPS cannot fetch the assets. */
  readonly https: boolean;
}

/** ichor's own templates. Debian's iPXE of 2019 runs them: it has no HTTPS and no `poweroff`. */
export const ipxeTemplates: IpxeTemplates = {
  entry: `#!ipxe
# Every machine that boots from the network in site {{site}} starts here.
# It goes on with the script named after the MAC of the port it booted from, mac/<mac with dashes>.ipxe, or
# after its UUID, uuid/<uuid>.ipxe. The second is never generated: it is for a person who has to
# start one machine whose MAC is not yet in the inventory.
chain --replace --autofree mac/\${netX/mac:hexhyp}.ipxe || goto by-uuid

:by-uuid
chain --replace --autofree uuid/\${uuid}.ipxe || goto unknown

:unknown
echo
echo This machine is not in the inventory of site {{site}}, or is retired.
echo MAC    \${netX/mac}
echo UUID   \${uuid}
echo Serial \${serial}
echo The next boot device follows in 30 seconds.
sleep 30
exit 1
`,
  server: `#!ipxe
# Server {{server}}: Talos {{talos}} in maintenance mode.
# A server boots from the network only when its BMC was told so for one boot. So this script always starts
# the maintenance kernel and never looks at what is on the disk.
kernel {{kernel}} initrd=initramfs.xz {{cmdline}} || goto failed
initrd --name initramfs.xz {{initramfs}} || goto failed
boot || goto failed

:failed
echo
echo Server {{server}} could not start Talos {{talos}}.
{{#if https}}
echo Its assets are served over HTTPS, which the iPXE of this machine may lack.
{{/if}}
echo The next boot device follows in 30 seconds.
sleep 30
exit 1
`,
};
