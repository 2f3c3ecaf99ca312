/** Error codes of RFC 9113 7, as GOAWAY and RST_STREAM carry them. */
export const ERROR_CODES = {
  NO_ERROR: 0x0,
  PROTOCOL_ERROR: 0x1,
  FLOW_CONTROL_ERROR: 0x3,
  FRAME_SIZE_ERROR: 0x6,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  COMPRESSION_ERROR: 0x9,
  ENHANCE_YOUR_CALM: 0xb,
} as const;

/** Flag of the frame that ends its sender's side of a stream (RFC 9113 6.1, 6.2). */
export const END_STREAM = 0x1;
