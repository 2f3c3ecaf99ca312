// A filter of the proxy-wasm SDK for Go: what tests ask of it, it does.
package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() { proxywasm.SetVMContext(&vm{}) }

type vm struct{ types.DefaultVMContext }

func (*vm) NewPluginContext(uint32) types.PluginContext { return &plugin{} }

type plugin struct {
	types.DefaultPluginContext
	config string
}

func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	data, err := proxywasm.GetPluginConfiguration()
	if err != nil {
		return types.OnPluginStartStatusFailed
	}
	p.config = string(data)
	return types.OnPluginStartStatusOK
}

func (p *plugin) NewHttpContext(uint32) types.HttpContext { return &stream{config: p.config} }

type stream struct {
	types.DefaultHttpContext
	config string
}

func (s *stream) OnHttpRequestHeaders(int, bool) types.Action {
	if err := proxywasm.ReplaceHttpRequestHeader("x-config", s.config); err != nil {
		panic(err)
	}
	switch op, _ := proxywasm.GetHttpRequestHeader("op"); op {
	case "deny":
		if err := proxywasm.SendHttpResponse(403, [][2]string{{"x-why", "because"}}, []byte("no"), -1); err != nil {
			panic(err)
		}
		return types.ActionPause
	case "panic":
		panic("as asked")
	}
	return types.ActionContinue
}

func (s *stream) OnHttpRequestBody(size int, end bool) types.Action {
	if !end {
		return types.ActionPause
	}
	body, err := proxywasm.GetHttpRequestBody(0, size)
	if err != nil {
		panic(err)
	}
	if err := proxywasm.ReplaceHttpRequestBody([]byte("[" + string(body) + "]")); err != nil {
		panic(err)
	}
	return types.ActionContinue
}

func (s *stream) OnHttpResponseHeaders(int, bool) types.Action {
	if err := proxywasm.AddHttpResponseHeader("x-sdk", "seen"); err != nil {
		panic(err)
	}
	return types.ActionContinue
}

func (s *stream) OnHttpStreamDone() { proxywasm.LogInfo("done") }
