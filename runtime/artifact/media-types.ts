/** Media types on the wire. A type that is not in this table is not accepted. */

export const IMAGE_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const IMAGE_INDEX = "application/vnd.oci.image.index.v1+json";
export const EMPTY_CONFIG = "application/vnd.oci.empty.v1+json";
export const IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";
export const IMAGE_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
/** Docker's index of images for several platforms. */
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
export const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
export const DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip";
/** solo.io's layout of proxy-wasm filters, which Istio reads as well. */
export const MODULE_CONFIG = "application/vnd.module.wasm.config.v1+json";
export const MODULE_LAYER = "application/vnd.module.wasm.content.layer.v1+wasm";
/** CNCF Wasm OCI artifact layout, v0. */
export const WASM_CONFIG = "application/vnd.wasm.config.v0+json";
export const WASM_LAYER = "application/wasm";
export const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
export const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
export const IN_TOTO = "application/vnd.in-toto+json";
export const SOURCE_MAP = "application/vnd.heddle.source-map.v1+json";
export const DESIRED = "application/vnd.heddle.desired.v1+json";
