// As somebody who works behind Slipway would have it: the path it is seen under, and the hosts that may ask.
export default {
  base: process.env.BASE,
  server: { host: "127.0.0.1", port: Number(process.env.PORT), strictPort: true, allowedHosts: [".apps.slipway.test"] },
};
